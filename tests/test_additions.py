"""A meeting adds an action to a published plan: proposed until its chair confirms it, and then held to.

What a form refuses, who may confirm and what pages say is Python.
"""

import re
from csv import DictReader
from io import BytesIO, StringIO

import pytest
from django.core.exceptions import ValidationError
from docx import Document

from actions.models import Action, Addition, PlanDecision, StrategicDriver
from actions.models.carrying import free_ref
from gscp.record import TOMBSTONE
from scrutiny.proof import decisions
from subgroups.models import Group, Partner, Post
from tests.answers import words_of
from tests.conftest import form_of
from tests.rows_of_record import without_triggers
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_plan_drafts import dated
from tests.test_sentences import last

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
PLAN = "/plans/2021-22/"
NEW = f"{PLAN}actions/new/"


@pytest.fixture
def typed(june):  # noqa: F811  the fixture
    return dated(
        {
            "meeting": june.pk,
            "ref": "007",
            "title": "Night cover",
            "text": "Agree who answers at night",
            "outcome": "",
            "known_by": "",
            "priority": "high",
            "theme": "",
            "driver": StrategicDriver.objects.first().pk,
            "driver_kind": "",
            "driver_text": "",
            "group": Group.objects.get(slug="qiip").pk,
            "leads": [Post.objects.get(name="QiiP Subgroup Chair").pk],
            "owners": [Partner.objects.first().pk],
            "who": "",
            "timescale": "By the end of September",
            "precision": "month",
            "original_date": "2021-09-30",
            "reason": "Two nights had nobody",
        }
    )


@pytest.fixture
def enter(typed, manager, send):
    """enter(ref="008") enters that the meeting of June agreed that action; returns the answer."""
    return lambda **changes: send(manager, NEW, **typed | dated(changes))


@pytest.fixture
def decision(enter):
    assert enter().status_code == 302
    return PlanDecision.objects.get()


@pytest.fixture
def confirmed(decision, sign_in, send):
    assert send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/").status_code == 302
    return Action.objects.get(ref="007")


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_it_is_proposed_and_nobody_is_held_to_it(decision, sign_in, manager, it_is):
    assert not Action.objects.filter(ref="007").exists()
    assert last() == (
        "The Management Group agreed to add action 007 to the plan 2021-22 at its meeting of 15 June, "
        "because “Two nights had nobody”. It counts once the chair of the Management Group confirms it."
    )
    it_is(2021, 10, 20)
    reader = sign_in("scrutineer")
    page = words_of(reader.get(PLAN))
    assert "A meeting agreed to add 1 action. Nobody is held to what its chair has not confirmed." in page
    assert "Proposed 007 Night cover" in page and "6 actions." in page
    rows = list(DictReader(StringIO(reader.get(f"{PLAN}export.csv").content.decode("utf-8-sig"))))
    assert [row["#"] for row in rows] == ["001", "002", "003", "004", "005", "006"]
    assert "Night cover" not in words_of(reader.get("/exceptions/found/"))
    assert reader.get(f"{PLAN}actions/007/").status_code == 404
    shown = words_of(reader.get(decision.get_absolute_url()))
    assert "New action 007 Proposed" in shown and "Agree who answers at night" in shown
    assert "Original date 30 September 2021" in shown and "Posts that lead it QiiP Subgroup Chair" in shown
    for client, home in ((sign_in("management.chair"), "/exceptions/"), (manager, "/missing/")):
        assert f'href="{decision.get_absolute_url()}"' in client.get(home).content.decode()


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_from_its_confirmation_on_it_is_an_action_as_others(confirmed, decision, sign_in, it_is):
    assert (confirmed.title, confirmed.status, str(confirmed.original_date)) == (
        "Night cover", "not_started", "2021-09-30",
    )  # fmt: skip
    assert [post.name for post in confirmed.lead_posts] == ["QiiP Subgroup Chair"]
    assert confirmed.who.endswith(f"\n{Partner.objects.first()}"), "made of who leads and owns it"
    assert last() == (
        "The Management Group Chair confirmed a decision, which is in force now: action 007 is in the plan."
    )
    assert list(decisions.findings()) == []
    it_is(2021, 10, 20)
    chair = sign_in("qiip.chair")
    page = words_of(chair.get(confirmed.get_absolute_url()))
    assert "Added by the meeting of the Management Group of 15 June 2021" in page
    assert "20 days late" in page
    assert f'href="{confirmed.get_absolute_url()}update/"' in chair.get("/due/").content.decode()
    assert "Night cover" in words_of(chair.get("/exceptions/found/"))
    assert "Proposed 007" not in words_of(chair.get(PLAN))
    rows = list(DictReader(StringIO(chair.get(f"{PLAN}export.csv").content.decode("utf-8-sig"))))
    assert rows[-1]["#"] == "007" and rows[-1]["Action"] == "Agree who answers at night"
    assert f'href="{confirmed.get_absolute_url()}"' in chair.get(decision.get_absolute_url()).content.decode()


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_looking_back_and_compared_it_was_added_by_that_act(confirmed, sign_in, it_is, decision):
    it_is(2021, 6, 17)
    reader = sign_in("scrutineer")
    assert "007" not in words_of(reader.get(f"/scrutiny/as-at/2021-06-14{PLAN}"))
    since = "/scrutiny/as-at/2021-06-16"
    assert "Added by the meeting" in words_of(reader.get(f"{since}{confirmed.get_absolute_url()}"))
    assert "In force" in words_of(reader.get(f"{since}{decision.get_absolute_url()}"))
    page = words_of(reader.get("/scrutiny/compare/?since=2021-06-14T10:00&until=2021-06-16T10:00"))
    assert re.search(r"Added to the plan 007 \+1", page), page[page.index("Added to the plan") :][:200]


def test_the_file_of_the_register_names_what_is_proposed(decision, sign_in):
    book = Document(BytesIO(sign_in("scrutineer").get(f"{PLAN}export.docx").content))
    texts = [paragraph.text for paragraph in book.paragraphs]
    assert "Proposed, not in the plan until a chair confirms: 007." in texts


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of search
def test_its_words_are_found_before_and_after(decision, sign_in, send):
    reader = sign_in("qiip.chair")
    assert f'href="{decision.get_absolute_url()}"' in reader.get("/search/?q=answers+night").content.decode()
    send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    assert f'href="{PLAN}actions/007/"' in reader.get("/search/?q=answers+night").content.decode()


@pytest.mark.run_in("sqlite", "postgresql")  # an act is found by SQL
def test_sent_twice_it_is_one(typed, manager):
    sent = form_of(manager.get(NEW)) | typed
    for _ in range(2):
        assert manager.post(NEW, sent).status_code == 302
    assert Addition.objects.count() == PlanDecision.objects.count() == 1


def test_taken_back_it_never_joins_the_plan(decision, manager, send, sign_in, enter):
    url = decision.get_absolute_url()
    assert send(manager, f"{url}take-back/", reason="It was another meeting").status_code == 302
    assert "Proposed 007" not in words_of(manager.get(PLAN))
    assert "Taken back" in words_of(manager.get(url)) and "Proposed 007" not in words_of(manager.get(url))
    sign_in("management.chair").post(f"{url}confirm/", {})
    assert not Action.objects.filter(ref="007").exists()
    assert enter().status_code == 302, "its number is free again"


def test_only_a_chair_of_that_group_who_did_not_enter_it_confirms(decision, sign_in):
    for name in ("business.manager", "executive", "qiip.chair", "scrutineer"):
        assert sign_in(name).post(f"{decision.get_absolute_url()}confirm/", {}).status_code == 403
    assert not Action.objects.filter(ref="007").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ref": "\u202e009"}, "“Number” holds a character that nobody can type: remove it."),
        (
            {"text": "Agree who answers at night\ufffe"},
            "“Action” holds a character that nobody can type: remove it.",
        ),
        ({"ref": "006"}, "has an action 006 already"),
        ({"driver": ""}, "Choose the strategic driver, or give a new one below"),
        ({"driver_text": "A review", "driver_kind": "review"}, "not both"),
        ({"driver": "", "driver_text": "A review"}, "Choose what kind of strategic driver it is"),
        ({"driver": "", "driver_kind": "review"}, "Give the new strategic driver in words"),
        ({"original_date": "2020-09-30"}, "before the plan starts"),
        ({"meeting": ""}, "Meeting that agreed it"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_typed(changes, message, enter):
    answer = enter(**changes)
    assert message in words_of(answer) and "Agree who answers at night" in answer.content.decode()
    assert not PlanDecision.objects.exists()


def test_two_with_one_number_do_not_wait_beside_each_other(decision, enter):
    assert "A new action 007 waits for its chair already" in words_of(enter(text="Another one"))
    assert Addition.objects.count() == 1


@pytest.mark.run_in("sqlite", "postgresql")  # a constraint
def test_a_number_that_was_taken_meanwhile_is_said_to_the_chair(decision, on_record, action, sign_in, send):
    with on_record():
        old = action("006")
        Action(plan=old.plan, ref="007", driver=old.driver, group=old.group, text="Imported", who="x").save()
    answer = send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    assert "has an action 007 already" in words_of(answer)
    assert PlanDecision.objects.get().is_waiting


def test_a_new_strategic_driver_joins_the_plan_with_it(enter, sign_in, send):
    before = StrategicDriver.objects.count()
    assert enter(driver="", driver_kind="review", driver_text="The LCSPR of May").status_code == 302
    decision = PlanDecision.objects.get()
    assert StrategicDriver.objects.count() == before
    assert "New strategic driver The LCSPR of May" in words_of(
        sign_in("qiip.chair").get(decision.get_absolute_url())
    )
    send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    assert Action.objects.get(ref="007").driver.text == "The LCSPR of May"
    assert StrategicDriver.objects.count() == before + 1


def test_the_next_one_is_offered_another_number(decision, manager, enter, sign_in, send):
    assert manager.get(NEW).context["form"]["ref"].value() == "008"
    assert enter(ref="008").status_code == 302
    assert free_ref(decision.plan, "008") == "008-2", "nor does what is carried into the plan take it"
    for one in PlanDecision.objects.all():
        send(sign_in("management.chair"), f"{one.get_absolute_url()}confirm/")
    assert Action.objects.filter(ref__in=["007", "008"]).count() == 2
    assert manager.get(NEW).context["form"]["ref"].value() == "009"


def test_its_plan_is_not_closed_while_it_waits(decision, on_record, action, user, june):  # noqa: F811
    with on_record():
        for one in action("006").plan.actions.all():
            one.status = "complete"
            one.save()
    closing = PlanDecision(plan=decision.plan, kind="closing", meeting=june, reason="The year is over")
    with pytest.raises(ValidationError, match="New action: 007 of 2021-22: not in force"), on_record():
        closing.enter(user("business.manager"))


@pytest.mark.run_in("sqlite", "postgresql")  # a redaction
def test_what_was_taken_out_of_the_record_is_not_brought_back_and_does_not_hold_up_its_chair(
    enter, sign_in, send
):
    enter(driver="", driver_kind="audit", driver_text="The audit of nights")
    decision = PlanDecision.objects.get()
    with without_triggers():
        Addition._base_manager.update(**dict.fromkeys(("title", "text", "who", "driver_text"), TOMBSTONE))
    answer = send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    assert answer.status_code == 302, words_of(answer)
    action = Action.objects.get(ref="007")
    gone = "The words of Action 007 of Business Plan 2021-22 were taken out of the record."
    assert (action.title, action.text, action.who) == ("", gone, str(action.group))
    assert action.driver.text == "The words of this strategic driver were taken out of the record."
    assert list(decisions.findings()) == []


def test_it_comes_to_no_group_that_ended_while_it_waited(decision, on_record, it_is, sign_in, send):
    it_is(2021, 10, 20)
    with on_record("It ended"):
        qiip = Group.objects.get(slug="qiip")
        qiip.ended_on = "2021-10-20"
        qiip.save()
    answer = send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    assert "has ended since. Have this taken back, and entered anew for another group." in words_of(answer)
    assert not Action.objects.filter(ref="007").exists()
