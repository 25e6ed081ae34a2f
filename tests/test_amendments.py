"""A published action changes by a slip that is corrected, or as a meeting agreed; its words stay beside."""

import pytest

from actions.models import Action, Amendment, PlanDecision, StrategicDriver
from actions.models.amendment import published_words
from actions.models.who import owners_of
from gscp.record import TOMBSTONE, Change
from subgroups.models import Group, Meeting, Partner, Post
from tests.answers import words_of
from tests.conftest import form_of
from tests.factories import ActionFactory, draft_plan
from tests.rows_of_record import without_triggers
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_sentences import last

# Once: forms and pages of plans; numbers and entries have their tests on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AT_006 = "/plans/2021-22/actions/006/"


@pytest.fixture
def words(action):
    """What the form of 006 is sent with if nothing is changed."""
    subject = action("006")
    return {
        "title": subject.title,
        "text": subject.text,
        "outcome": subject.outcome,
        "known_by": subject.known_by,
        "priority": subject.priority,
        "theme": "",
        "driver": subject.driver_id,
        "group": subject.group_id,
        "who": subject.who,
        "timescale": subject.timescale,
        "leads": [post.pk for post in subject.lead_posts],
        "owners": [partner.pk for partner in owners_of(subject)],
        "reason": "The printer left a letter out",
    }


@pytest.fixture
def agreed(june, words, manager, send):  # noqa: F811  the fixture
    """agreed(priority="low") enters that the meeting of June changed 006 so."""

    def entered(**changes):
        what = words | {"kind": "agreed", "meeting": june.pk, "reason": "Less urgent now"} | changes
        response = send(manager, f"{AT_006}edit/", **what)
        assert response.status_code == 302, words_of(response)
        return PlanDecision.objects.latest("pk")

    return entered


def test_a_slip_is_put_right_at_once_with_old_and_new_beside(words, manager, send, action, sign_in):
    was = action("006").text
    assert (
        send(manager, f"{AT_006}edit/", **words | {"kind": "slip", "text": f"{was} at once"}).status_code
        == 302
    )
    assert action("006").text == f"{was} at once"
    assert published_words(action("006"))["text"] == f"{was} at once", "a slip was never meant"
    assert last() == (
        "The Business Manager corrected a slip in 006: wording, because “The printer left a letter out”."
    )
    page = words_of(sign_in("qiip.chair").get(AT_006))
    assert "Slip corrected" in page and "Reason: The printer left a letter out" in page
    assert f"was {was} now {was} at once" in page
    assert "Now:" not in page


def test_what_a_meeting_agreed_counts_once_its_chair_confirms(agreed, action, sign_in, send, manager):
    priority = action("006").priority
    post = Post.objects.get(name="Resolution Group Chair")
    other = "low" if priority != "low" else "high"
    decision = agreed(priority=other, leads=[post.pk], text="A new text")
    assert (action("006").priority, action("006").text) != (other, "A new text")
    page = words_of(sign_in("qiip.chair").get(AT_006))
    assert "Not in force until the chair of the Management Group confirms it" in page
    shown = words_of(manager.get(decision.get_absolute_url()))
    assert f"now {other.title()}" in shown and "now A new text" in shown
    old = action("006").text
    chair = sign_in("management.chair")
    assert send(chair, f"{decision.get_absolute_url()}confirm/").status_code == 302
    subject = action("006")
    assert (subject.priority, subject.text, subject.lead_posts) == (other, "A new text", [post])
    assert published_words(subject)["text"] == old
    page = words_of(sign_in("qiip.chair").get(AT_006))
    assert "Now: A new text" in page and f"Now: {other.title()}" in page, "today's words beside"
    assert "Agreed by the Management Group, 15 June 2021" in page
    assert "confirmed a decision, which is in force now: change of 006 (action, priority" in last()
    assert f"was {old} now A new text" in words_of(manager.get(decision.get_absolute_url())), (
        "still the old one"
    )


def test_a_slip_in_what_was_agreed_leaves_the_published_words(agreed, words, manager, send, action, sign_in):
    old, title = action("006").text, action("006").title
    decision = agreed(text="Wholly new wordz")
    send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    slip = {"kind": "slip", "text": "Wholly new words", "title": f"{title}s"}
    assert send(manager, f"{AT_006}edit/", **words | slip).status_code == 302
    published = published_words(action("006"))
    assert (published["text"], published["title"]) == (old, f"{title}s")
    page = words_of(sign_in("qiip.chair").get(AT_006))
    assert old in page and "Now: Wholly new words" in page


def test_many_slips_are_no_new_meaning_either(words, manager, send, action):
    was = action("006").text.split()
    shorter = words | {"kind": "slip", "text": " ".join(was[: len(was) * 2 // 3])}
    response = send(manager, f"{AT_006}edit/", **shorter)
    assert response.status_code == 302, words_of(response)
    half = " ".join(action("006").text.split()[: len(was) // 3])
    page = send(manager, f"{AT_006}edit/", **words | {"kind": "slip", "text": half})
    assert "Less than half of the words of “wording” stay the same" in words_of(page)
    assert len(action("006").text.split()) == len(was) * 2 // 3


def test_after_a_change_that_a_meeting_agreed_a_slip_is_held_against_its_words(
    agreed, words, manager, send, action, sign_in
):
    was = action("006").text
    slip = words | {"kind": "slip", "text": f"{was} soon"}
    assert send(manager, f"{AT_006}edit/", **slip).status_code == 302
    decision = agreed(text="Wholly new wordz of a meeting")
    send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    slip |= {"text": "Wholly new words of a meeting"}
    assert send(manager, f"{AT_006}edit/", **slip).status_code == 302
    assert action("006").text == "Wholly new words of a meeting"


def test_a_text_with_other_line_breaks_is_not_changed_by_what_is_beside_it(
    words, manager, send, on_record, action
):
    with on_record():
        subject = action("006")
        subject.text = "One line\r\nand another"
        subject.save()
    sent = words | {"kind": "slip", "text": "One line\nand another", "title": f"{words['title']} again"}
    assert send(manager, f"{AT_006}edit/", **sent).status_code == 302
    assert action("006").text == "One line\r\nand another"
    assert Amendment.objects.get().changed == "title"


@pytest.mark.run_in("sqlite", "postgresql")  # a redaction
def test_what_was_taken_out_stays_so_while_a_slip_beside_it_is_corrected(words, manager, send, action):
    with without_triggers():
        Action._base_manager.filter(pk=action("006").pk).update(text=TOMBSTONE, who=TOMBSTONE)
    title = f"{words['title']} again"
    sent = words | {"kind": "slip", "text": "", "who": "", "title": title}
    assert send(manager, f"{AT_006}edit/", **sent).status_code == 302
    assert Amendment.objects.get().changed == "title"
    assert (action("006").title, action("006").text) == (title, TOMBSTONE)


@pytest.mark.parametrize("name", ["text", "who", "title", "reason"])
def test_what_was_taken_out_of_a_change_that_waits_does_not_hold_up_its_chair(
    name, agreed, asked, action, sign_in, send
):
    asked("006", by="qiip.chair")  # what is before the group that answers for it then is passed on
    group = Group.objects.get(slug="management-group")
    before = {"text": action("006").text, "who": action("006").who, "title": action("006").title}
    decision = agreed(text="Other words", who="Somebody", title="Other", group=group.pk)
    with without_triggers():
        model = PlanDecision if name == "reason" else Amendment
        model._base_manager.update(**{name: TOMBSTONE})
    answer = send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    assert answer.status_code == 302, words_of(answer)
    now = {"text": "Other words", "who": "Somebody", "title": "Other"}
    now |= {name: before[name]} if name in now else {}
    assert {name: getattr(action("006"), name) for name in now} == now, "the words in force stay"
    assert action("006").exception_reports.get().with_group.slug == "executive"


def test_an_amendment_that_is_sent_twice_is_recorded_once(june, words, manager):  # noqa: F811  the fixture
    page = manager.get(f"{AT_006}edit/")
    sent = form_of(page) | words | {"kind": "agreed", "meeting": june.pk, "title": "Another title"}
    assert manager.post(f"{AT_006}edit/", sent).status_code == 302
    said = words_of(manager.post(f"{AT_006}edit/", sent, follow=True))
    assert "This was sent and recorded before" in said and PlanDecision.objects.count() == 1


def test_a_printed_who_is_made_of_who_leads_though_that_is_locked(agreed, words, manager, send, action):
    agreed(leads=[Post.objects.get(name="Resolution Group Chair").pk])
    sent = {name: value for name, value in words.items() if name != "leads"}
    send(manager, f"{AT_006}edit/", **sent | {"kind": "slip", "who": ""})
    assert action("006").who.startswith("QiiP Subgroup Chair")


def test_what_was_taken_back_is_shown_beside_what_it_would_have_changed(agreed, words, manager, send, action):
    old = action("006").text
    new = f"{old} here"
    decision = agreed(text=new)
    send(manager, f"{decision.get_absolute_url()}take-back/", reason="It was another meeting")
    assert send(manager, f"{AT_006}edit/", **words | {"kind": "slip", "text": new}).status_code == 302
    assert f"was {old} now {new}" in words_of(manager.get(decision.get_absolute_url()))


def test_owners_and_the_responsible_group_change(agreed, action, sign_in, send):
    owner, group = Partner.objects.get(kind="police"), Group.objects.get(name__startswith="Resolution")
    decision = agreed(owners=[owner.pk], group=group.pk)
    send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    assert (owners_of(action("006")), action("006").group) == ([owner], group)
    assert "Now: Resolution" in words_of(sign_in("resolution.chair").get(AT_006))


def test_what_waits_for_a_chair_is_locked_and_says_so(agreed, words, manager, send, action):
    agreed(priority="low" if action("006").priority != "low" else "high")
    page = words_of(manager.get(f"{AT_006}edit/"))
    assert (
        "Priority is locked. The Management Group agreed a change on 15 June 2021. It waits for its chair."
        in page
    )
    before = action("006").priority
    sent = words | {"kind": "slip", "title": f"{words['title']} again"}
    other = "medium" if before != "medium" else "high"
    response = send(manager, f"{AT_006}edit/", **sent | {"priority": other})
    assert "The Management Group agreed a change on 15 June 2021. It waits" in words_of(response)
    assert action("006").title == words["title"]
    send(manager, f"{AT_006}edit/", **{name: value for name, value in sent.items() if name != "priority"})
    assert (action("006").title, action("006").priority) == (sent["title"], before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "slip", "meeting": "June", "title": "Other"}, "A slip needs no meeting"),
        ({"kind": "agreed"}, "Choose the meeting that agreed it"),
        ({"kind": ""}, "Choose “What kind of change is it?”"),
        ({"kind": "slip"}, "This changes nothing, so there is nothing to record"),
        ({"kind": "slip", "text": ""}, "Fill in “Action”"),
        ({"kind": "slip", "group": "99"}, "Choose “Responsible group” from its list"),
        ({"kind": "slip", "owners": ["0"]}, "Choose “Partners that own it” from its list"),
        ({"kind": "agreed", "meeting": "1000"}, "from its list"),
        ({"kind": "agreed", "meeting": "x"}, "from its list"),
        ({"kind": "slip", "title": "x" * 301}, "300 characters or fewer"),
    ],
)
def test_bad_input_changes_nothing(change, message, words, manager, send, action, june):  # noqa: F811
    change = {name: june.pk if value == "June" else value for name, value in change.items()}
    before = Change.objects.count()
    response = send(manager, f"{AT_006}edit/", **words | change)
    assert response.status_code == 200 and message in words_of(response)
    assert Change.objects.count() == before and not Amendment.objects.exists()


@pytest.mark.parametrize(
    ("name", "was", "now", "is_slip"),
    [
        ("text", "Ask the chair of it", "Withdraw it.", False),
        ("text", "Ask the chair to come", "Ask the chair of it", True),
        ("title", "Better trainig", "Better training", True),
        ("title", "Better training", "Fewer courses", False),
        ("title", "Training", "Training it is now", False),
        ("title", "Trainig", "Training", False),
        ("title", "BETTER TRAINING", "Better training", True),
        ("timescale", "By the end of March", "By the end of May", True),
        ("timescale", "", "By the end of May", False),
        ("timescale", "By the end of May", "", False),
        ("who", "QiiP Subgroup Chair: the CCG", "MASH Subgroup Chair", False),
    ],
)
def test_a_slip_keeps_half_of_the_words(
    name, was, now, is_slip, words, manager, send, action, on_record, sign_in
):
    with on_record():
        subject = action("006")
        setattr(subject, name, was)
        subject.save()
    response = send(manager, f"{AT_006}edit/", **words | {"kind": "slip", name: was} | {name: now})
    assert getattr(action("006"), name) == (now if is_slip else was)
    if not is_slip:
        said = "stay the same: that is no slip. What changes the meaning is agreed at a meeting: choose"
        assert said in words_of(response), "and where to go on"
        assert '<a href="#id_kind">Less than half of the words of “' in response.content.decode()


def test_a_driver_of_another_plan_is_not_to_be_chosen(words, manager, send, on_record):
    with on_record():
        driver = StrategicDriver(plan=draft_plan("2022-23"), kind="audit", text="Of another plan")
        driver.save()
    response = send(manager, f"{AT_006}edit/", **words | {"kind": "slip", "driver": driver.pk})
    assert "Choose “Strategic driver” from its list" in words_of(response)


def test_what_is_before_a_group_that_answers_for_it_now_is_passed_on(agreed, action, sign_in, send, asked):
    report = asked("006", by="qiip.chair")
    assert report.with_group.slug == "management-group"
    decision = agreed(group=Group.objects.get(slug="management-group").pk)
    send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
    report.refresh_from_db()
    assert report.with_group.slug == "executive"


def test_what_was_published_as_a_draft_stays_beside(agreed, on_record, action, sign_in, send):
    """Of a plan that began as a draft, the published words are those at its publication."""
    with on_record():
        plan = draft_plan("2022-23")
        driver = StrategicDriver(plan=plan, kind="audit", text="An audit")
        driver.save()
        subject = ActionFactory(plan=plan, driver=driver, group=action("006").group, ref="1", text="First")
    assert published_words(subject) == {}
    with on_record():
        subject.text = "As adopted"
        subject.save()
    with on_record():
        plan.status = "live"
        plan.save()
    with on_record():
        subject = plan.actions.select_related("plan").get()
        subject.text = "Changed since"
        subject.save()
    assert published_words(subject)["text"] == "As adopted"


def test_a_closed_plan_is_kept_as_it_is(words, manager, send, on_record, action):
    with on_record():
        for subject in action("006").plan.actions.open():
            subject.status = "withdrawn"
            subject.save()
        plan = action("006").plan
        plan.status = "closed"
        plan.save()
    before = Change.objects.count()
    response = manager.post(f"{AT_006}edit/", words | {"kind": "slip", "text": "Other"}, follow=True)
    assert "is closed: it is kept as it is." in words_of(response)
    assert "Change the action" not in words_of(manager.get(AT_006))
    assert manager.post(f"{AT_006}milestones/new/", {"text": "x"}).status_code == 302
    assert Change.objects.count() == before


def test_meetings_offered_are_those_that_can_have_decided(june, manager, it_is):  # noqa: F811  the fixture
    offered = words_of(manager.get(f"{AT_006}edit/"))
    assert "Management Group, 15 June 2021" in offered
    assert "Executive, " not in offered.split("Meeting that decided it")[1].split("Title")[0]
    assert Meeting.objects.count() > 1
