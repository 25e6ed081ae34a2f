"""A chair says of a decision about a plan, entered for their group, that it is not so.

Who may say so, and what it changes, is worked out in Python.
"""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError

from actions.models import BusinessPlan, Confirmation, PlanDecision
from gscp.record import Change, recording
from scrutiny.proof import decisions, plans
from subgroups.models import Attendance
from tests import test_additions, test_amendments, test_plan_decisions
from tests.answers import words_of
from tests.conftest import form_of
from tests.factories import settle_further_actions
from tests.test_every_page import check_words, wrong_markup
from tests.test_sentences import last
from tests.test_year_end import end  # noqa: F401  a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
adopted, draft, june = test_plan_decisions.adopted, test_plan_decisions.draft, test_plan_decisions.june
words, agreed = test_amendments.words, test_amendments.agreed
typed, enter = test_additions.typed, test_additions.enter
DRAFT, PLAN, AT_006 = test_plan_decisions.DRAFT, test_additions.PLAN, test_amendments.AT_006
NOT_SO = {"why": "We put it off to July"}
SAID = "Taken back: the chair of the Management Group said that it is not so"


@pytest.fixture
def say_not_so(sign_in, send):
    def said(decision: PlanDecision, **sent):
        chair, page = sign_in("management.chair"), decision.get_absolute_url()
        assert send(chair, f"{page}not-so/", **NOT_SO | sent).status_code == 302
        return PlanDecision.objects.get(pk=decision.pk)

    return said


def to_correct(manager) -> str:
    _, heading, rest = words_of(manager.get("/missing/")).partition(
        "The chair says this is not so: correct it"
    )
    return rest if heading else ""


def test_the_chair_says_that_it_is_not_so_and_both_are_shown(adopted, sign_in, manager):
    chair, page = sign_in("management.chair"), adopted.get_absolute_url()
    assert f'href="{page}not-so/"' in chair.get(page).content.decode()
    assert f'href="{page}not-so/"' not in manager.get(page).content.decode()
    assert f'href="{page}not-so/"' in chair.get(f"{page}confirm/").content.decode()
    form = form_of(chair.get(f"{page}not-so/"))
    answer = words_of(chair.post(f"{page}not-so/", form | NOT_SO, follow=True))
    assert "you said that it is not so. It is taken back. The Business Manager is asked to enter" in answer
    decision = PlanDecision.objects.get()
    assert decision.state == PlanDecision.State.TAKEN_BACK and decision.is_not_so
    assert BusinessPlan.objects.get(label="2022-23").is_draft
    shown = words_of(sign_in("scrutineer").get(page))
    assert "Entered by Business Manager on 15 June 2021" in shown
    said = f" {SAID} “We put it off to July” Said by Management Group Chair, "
    assert shown.partition("Where it stands")[2].startswith(said)
    assert "Confirmed by" not in shown
    assert last() == (
        "The Management Group Chair said that this is not so: that the Management Group adopted the plan "
        "2022-23, because “We put it off to July”."
    )


def test_it_leaves_the_lists_of_what_waits_and_its_locks_go(adopted, say_not_so, sign_in, manager, send):
    page, edit = adopted.get_absolute_url(), f"{DRAFT}actions/1/edit/"
    assert manager.get(edit).status_code == 302, "the draft is locked while its adoption waits"
    say_not_so(adopted)
    assert f'href="{page}"' not in sign_in("management.chair").get("/exceptions/").content.decode()
    assert "Entered for a chair who has not confirmed it" not in words_of(manager.get("/missing/"))
    assert manager.get(edit).status_code == 200
    assert manager.get(f"{DRAFT}publish/").status_code == 200


def test_the_business_manager_is_asked_to_enter_it_anew(adopted, say_not_so, manager, june, send, it_is):
    assert to_correct(manager) == ""
    say_not_so(adopted)
    task = to_correct(manager)
    assert "Adoption of the plan: Business Plan 2022-23" in task
    assert "Said 15 June 2021: “We put it off to July” It is taken back." in task
    assert f'href="{DRAFT}publish/"' in manager.get("/missing/").content.decode()
    sent = {"meeting": june.pk, "reason": "Adopted, with the change of 1"}
    assert send(manager, f"{DRAFT}publish/", **sent).status_code == 302
    assert to_correct(manager) == "", "it was entered anew"


def test_the_group_settles_it_when_it_meets_again(adopted, say_not_so, manager, it_is, attend):
    say_not_so(adopted)
    it_is(2021, 6, 30)
    assert to_correct(manager)
    it_is(2021, 9, 30)
    attend("/meetings/management-group/2021-09-14/", "council", "police", "health")
    assert to_correct(manager) == ""


@pytest.mark.run_in("sqlite", "postgresql")  # what was entered anew is found by SQL
def test_one_entered_before_is_not_it_anew(agreed, say_not_so, manager, sign_in, send):
    wrong, other = agreed(title="Another title"), agreed(who="Somebody else")
    say_not_so(wrong)
    assert "Change of the plan: 006" in to_correct(manager)
    assert send(sign_in("management.chair"), f"{other.get_absolute_url()}confirm/").status_code == 302
    assert "Change of the plan: 006" in to_correct(manager)
    assert f'href="{AT_006}edit/"' in manager.get("/missing/").content.decode()
    agreed(title="A third title")
    assert to_correct(manager) == ""


def test_a_change_that_is_not_so_unlocks_its_words(agreed, say_not_so, words, manager, send, action):
    old = action("006").text
    decision = say_not_so(agreed(text="New words here"))
    sent = words | {"kind": "slip", "text": f"{old} again"}
    assert send(manager, f"{AT_006}edit/", **sent).status_code == 302
    assert action("006").text == f"{old} again"
    assert f"was {old} now New words here" in words_of(manager.get(decision.get_absolute_url()))


def test_an_action_whose_end_is_not_so_stays_open(end, say_not_so, manager, action):  # noqa: F811
    end(["006"], "withdrawn")
    say_not_so(PlanDecision.objects.get())
    assert action("006").is_open and action("006").standing_ending is None
    assert "006" in to_correct(manager)
    assert f'href="{PLAN}end/"' in manager.get("/missing/").content.decode()


def test_a_new_action_that_is_not_so_leaves_its_number(enter, say_not_so, action, manager):
    assert enter().status_code == 302
    say_not_so(PlanDecision.objects.get())
    assert not action("006").plan.actions.filter(ref="007").exists()
    assert "007" in to_correct(manager)
    assert f'href="{PLAN}actions/new/"' in manager.get("/missing/").content.decode()
    assert enter().status_code == 302


def test_a_closing_that_is_not_so_leaves_the_plan_live(june, say_not_so, manager, action, user):
    with recording(user("business.manager"), "Closing"):
        for subject in action("006").plan.actions.open():
            subject.status = "withdrawn"
            subject.save()
        settle_further_actions(action("006").plan)
        closing = PlanDecision(plan=action("006").plan, kind="closing", meeting=june, reason="It is over")
        closing.enter(user("business.manager"))
    say_not_so(closing)
    assert BusinessPlan.objects.get(label="2021-22").is_live
    assert "Closing of the plan" in to_correct(manager)


def test_only_its_chair_says_so_and_once(adopted, sign_in, on_record, user):
    page = adopted.get_absolute_url()
    for name in ("business.manager", "executive", "qiip.chair", "scrutineer"):
        assert sign_in(name).post(f"{page}not-so/", NOT_SO).status_code == 403, name
    chair = sign_in("management.chair")
    form = form_of(chair.get(f"{page}not-so/")) | NOT_SO
    assert chair.post(f"{page}not-so/", form).status_code == 302
    for address in ("not-so/", "confirm/"):
        said = words_of(chair.get(f"{page}{address}", follow=True))
        assert "said that it is not so" in said, address
    assert Confirmation.objects.count() == 1
    with pytest.raises(ValidationError), recording(user("management.chair"), ""):
        PlanDecision.objects.get().come_into_force()


def test_who_typed_it_does_not_say_it(adopted, sign_in, on_record, user):
    with on_record():
        other = PlanDecision(plan=adopted.plan, kind="amendment", meeting=adopted.meeting, reason="x y")
        other.entered_by = user("management.chair")
        other.save()
    assert sign_in("management.chair").post(f"{other.get_absolute_url()}not-so/", NOT_SO).status_code == 403


@pytest.mark.parametrize("why", ["", "   ", "...", "x" * 2001, "Spoke about 943 476 5919"])
def test_why_is_said_in_words(why, adopted, sign_in, send):
    before = Change.objects.last_number()
    page = f"{adopted.get_absolute_url()}not-so/"
    assert send(sign_in("management.chair"), page, why=why).status_code == 200
    assert Change.objects.last_number() == before


@pytest.mark.run_in("sqlite", "postgresql")  # a constraint
def test_what_is_in_force_is_confirmed_and_not_taken_back(adopted, sign_in, send, user):
    chair, page = sign_in("management.chair"), adopted.get_absolute_url()
    send(chair, f"{page}confirm/")
    assert "In force" in words_of(chair.get(page)) and "This is not so" not in words_of(chair.get(page))
    assert send(chair, f"{page}not-so/", **NOT_SO).status_code == 302
    with pytest.raises((ValidationError, DatabaseError)), recording(user("management.chair"), ""):
        Confirmation.of(adopted, user("management.chair"), "It is not").take_effect()
    assert PlanDecision.objects.get().state == "in_force" and Confirmation.objects.get().is_so


@pytest.mark.run_in("sqlite", "postgresql")  # the check of the record
def test_verification_holds_what_is_not_so_to_the_record(adopted, say_not_so, on_record):
    # That too few partners were there is a reason to say so.
    with on_record("They were not there"):
        for one in Attendance.objects.filter(meeting=adopted.meeting):
            one.attended = "absent"
            one.save()
    decision = say_not_so(adopted)
    assert [*decisions.findings(), *plans.findings()] == []
    with on_record("Behind the forms"):
        decision.state = "waiting"
        decision.save()
    [wrong] = decisions.findings()
    assert "its chair said that it is not so, and it is not taken back" in str(wrong)


@pytest.mark.run_in("sqlite", "postgresql")  # the check of the record
def test_verification_finds_a_word_of_somebody_else(adopted, user):
    with recording(user("qiip.chair"), ""):
        Confirmation.of(adopted, user("qiip.chair"), "It is not").take_effect()
    [wrong] = decisions.findings()
    assert "by the record of then, who confirmed it might not" in str(wrong)


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of search
def test_why_is_found_by_the_search(adopted, say_not_so, sign_in):
    say_not_so(adopted, why="The pelicans were not asked")
    found = sign_in("qiip.chair").get("/search/", {"q": "pelicans"})
    assert "Why it is not so: “The pelicans were not asked”" in words_of(found)
    assert f'href="{adopted.get_absolute_url()}"' in found.content.decode()


@pytest.mark.run_in("sqlite")
def test_its_pages_are_in_plain_words_and_right_markup(adopted, sign_in, manager, say_not_so, tmp_path):
    chair, page = sign_in("management.chair"), adopted.get_absolute_url()
    pages = {path: chair.get(f"{page}{path}").content.decode() for path in ("", "not-so/", "confirm/")}
    pages["errors"] = chair.post(f"{page}not-so/", {}).content.decode()
    say_not_so(adopted)
    pages |= {"said": chair.get(page).content.decode(), "to do": manager.get("/missing/").content.decode()}
    check_words(pages)
    assert wrong_markup(pages, tmp_path) == []
