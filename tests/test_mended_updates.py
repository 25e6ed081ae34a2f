"""An update that is not so, or is corrected: its effect on rating, rules and deadlines, and both in view."""

import re

import pytest

from actions import findings
from actions.models import Action, Confirmation, PlanDecision, ProgressUpdate
from actions.reporting import steps_to_confirm
from gscp.record import Change
from scrutiny.proof.walk import verify
from subgroups.models import Group
from tests.answers import words_of
from tests.conftest import form_of
from tests.factories import close_plan, let_answer
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_update import GOOD, NIL_RETURN, URL

ROLES = ("cem.chair", "cem.member", "qiip.chair", "executive", "business.manager", "scrutineer")
# Forms, permissions and the words of pages are Python; which update counts is found by SQL.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
# ruff: noqa: F811  fixtures are named like what they give
ACTION = "/plans/2021-22/actions/005/"
NOT_SO = {"why": "We never rated it amber"}
SLIP = {"what_was_wrong": "The rating was typed wrongly"}


def marks(ref="005") -> set[str]:
    action = Action.objects.get(plan__label="2021-22", ref=ref)
    return {rule.name for rule, _ in findings.why_off_plan(action)}


def shown(ref="005") -> Action:
    return findings.shown([Action.objects.get(plan__label="2021-22", ref=ref).pk])[0]


@pytest.fixture
def for_chair(sign_in, send):
    """The Business Manager has entered this update on 005 for its chair."""

    def entered(url=URL, **typed):
        assert send(sign_in("business.manager"), url, **typed).status_code == 302
        return ProgressUpdate.objects.latest("pk")

    return entered


@pytest.fixture
def correct(sign_in, send):
    """correct(update, by="cem.chair", rating="green") sends its form as it opens but for what is given."""

    def corrected(update, by="cem.chair", **typed):
        client, url = sign_in(by), f"/updates/{update.pk}/correct/"
        form = client.get(url).context["form"]
        names = ("done", "difference", "rating", "reason", "next_step", "blocker", "unblocker")
        opened = {name: form[name].value() or "" for name in names}
        return send(client, url, **opened | SLIP | typed)

    return corrected


@pytest.mark.run_in("sqlite", "postgresql")  # the check of the record
def test_what_is_not_so_changes_nothing_in_a_closed_plan(for_chair, sign_in, send, action, on_record):
    update = for_chair(**GOOD | {"rating": "red", "blocker": "No lead"})
    with on_record():
        plan = action("005").plan
        close_plan(plan)
    before = verify().findings  # that no meeting decided it
    chair = sign_in("cem.chair")
    assert send(chair, f"/updates/{update.pk}/not-so/", **NOT_SO).status_code == 302
    assert (action("005").rating, action("005").status) == ("red", "complete")
    page = words_of(chair.get(ACTION))
    assert "Its plan is closed, so the action stays as it was." in page
    assert "The chair says this is not so: “We never rated it amber”" in page, "both stay in view"
    assert verify().findings == before


@pytest.mark.run_in("sqlite", "postgresql")  # what is to be confirmed is found by SQL
def test_it_is_for_the_chair_for_whom_it_was_entered_whatever_group_answers_now(
    for_chair, asked, sign_in, june, action, send, manager
):
    update = for_chair(**GOOD)
    step = asked(by="business.manager").steps.get()
    agreed = {"kind": "agreed", "meeting": june.pk, "group": Group.objects.get(slug="qiip").pk}
    words = {name: getattr(action("005"), name) for name in ("title", "text", "priority", "who")}
    words |= {"driver": action("005").driver_id, "reason": "As agreed"}
    assert send(manager, f"{ACTION}edit/", **words | agreed).status_code == 302
    decision = PlanDecision.objects.get().get_absolute_url()
    assert send(sign_in("management.chair"), f"{decision}confirm/").status_code == 302
    then, now = sign_in("cem.chair"), sign_in("qiip.chair")
    addresses = f"/updates/{update.pk}/not-so/", f"/decisions/{step.pk}/not-so/"
    for address in addresses:
        assert (then.get(address).status_code, now.get(address).status_code) == (200, 403), address
    of_then, of_now = (Group.objects.filter(pk=pk) for pk in (update.group.pk, action("005").group_id))
    assert list(steps_to_confirm(of_then)) == [step] and not steps_to_confirm(of_now)
    assert "to confirm" in words_of(then.get("/due/")) and "to confirm" not in words_of(now.get("/due/"))
    waiting = words_of(manager.get("/missing/"))
    assert "the chair of the Child Exploitation and Missing Subgroup" in waiting
    for address in addresses:
        assert send(then, address, **NOT_SO).status_code == 302
    assert [str(finding) for finding in verify().findings] == []


def test_who_reported_it_corrects_it_in_their_own_name_whatever_group_answers_now(
    report, correct, on_record, action, sign_in
):
    update = report("005", rating="green", done="Met in April")
    with on_record():
        let_answer(action("005"), "qiip", "group leads")
    assert correct(update, done="Met in May").status_code == 302
    correction = ProgressUpdate.objects.latest("pk")
    assert correction.corrects_id == update.pk and not correction.on_behalf
    assert sign_in("qiip.chair").get(f"/updates/{correction.pk}/correct/").status_code == 403


def test_what_waits_for_a_chair_names_the_one_for_whom_it_was_entered(asked, on_record, action, sign_in):
    report = asked(by="business.manager")
    with on_record():
        let_answer(action("005"), "qiip", "group leads")
    manager = sign_in("business.manager")
    for page in (report.get_absolute_url(), "/exceptions/", "/exceptions/reports/"):
        words = words_of(manager.get(page))
        assert "Entered for the chair of the Child Exploitation and Missing Subgroup" in words, page
        assert "Entered for the chair of the QiiP" not in words


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_an_update_that_is_not_so_is_as_if_it_had_not_been(for_chair, report, sign_in, send, action):
    report("005", rating="green", done="Met in April")
    before, found = shown(), marks()
    update = for_chair(**GOOD | {"rating": "red", "blocker": "No lead"})
    assert action("005").rating == "red" and {"red", "blocked"} <= marks()
    chair, url = sign_in("cem.chair"), f"/updates/{update.pk}/not-so/"
    assert url in chair.get(ACTION).content.decode()
    assert NOT_SO["why"] not in words_of(sign_in("business.manager").get("/missing/"))
    said = send(chair, url, **NOT_SO)
    assert said.url == ACTION
    assert "It does not count any more." in words_of(chair.get(ACTION))
    after = shown()
    assert (after.rating, after.status, marks()) == ("green", before.status, found)
    assert (after.reported_at, after.rated_at, after.blocker) == (before.reported_at, before.rated_at, "")
    page = words_of(sign_in("scrutineer").get(ACTION))
    assert "Met in April" in page.split("Last report")[1][:60]
    assert "The chair says this is not so: “We never rated it amber”" in page
    assert GOOD["done"] in page, "both stay in view"
    to_do = words_of(sign_in("business.manager").get("/missing/"))
    assert f"“{NOT_SO['why']}” It does not count any more. Enter what is so" in to_do
    report("005", rating="green", done="Met in April and in May")
    assert NOT_SO["why"] not in words_of(sign_in("business.manager").get("/missing/"))
    assert "said that the update on 005 is not so" in words_of(
        sign_in("scrutineer").get("/scrutiny/changes/")
    )
    assert [str(finding) for finding in verify().findings] == []


def test_without_any_other_update_it_is_not_started_again(for_chair, sign_in, send, action):
    update = for_chair(**GOOD)
    assert (action("005").status, action("005").rating) == ("in_progress", "amber")
    send(sign_in("cem.chair"), f"/updates/{update.pk}/not-so/", **NOT_SO)
    assert (action("005").status, action("005").rating) == ("not_started", "")
    assert shown().reported_at is None
    rating, status = Change.objects.latest("number").compared()
    assert {rating["field"], status["field"]} == {"rating", "status"}, "put back in the same act"
    confirmation = Confirmation.objects.get()
    assert Change.objects.latest("number").act == confirmation.change.act


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_a_nil_return_that_is_not_so_leaves_the_report_due(for_chair, sign_in, send):
    nil = for_chair(NIL_RETURN)
    assert shown().reported_at
    send(sign_in("cem.chair"), f"/updates/{nil.pk}/not-so/", **NOT_SO)
    assert shown().reported_at is None
    assert "005" in words_of(sign_in("cem.chair").get("/due/")).split("To report")[1]


def test_of_what_has_ended_no_other_report_is_asked_for(for_chair, sign_in, on_record):
    update = for_chair(**GOOD)
    with on_record("It ends"):
        ended = shown()
        ended.status = "withdrawn"
        ended.save()
    chair, url = sign_in("cem.chair"), f"/updates/{update.pk}/not-so/"
    page = words_of(chair.post(url, form_of(chair.get(url)) | NOT_SO, follow=True))
    assert "It does not count any more. The action has ended, so it takes no other report." in page
    assert "Report what is so" not in page


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "Fill in “What is wrong with it”."),
        ({"why": "   "}, "Fill in “What is wrong with it”."),
        ({"why": "..."}, "Say it in words."),
        ({"why": "x" * 2001}, "2,000 characters or fewer"),
        ({"why": "Spoke about 943 476 5919"}, "This looks like an NHS number"),
        ({"why": "a\x00b"}, "holds a character that nobody can type"),
    ],
)
def test_that_it_is_not_so_is_said_in_words(typed, message, for_chair, sign_in, send):
    update = for_chair(**GOOD)
    head = Change.objects.last_number()
    page = send(sign_in("cem.chair"), f"/updates/{update.pk}/not-so/", **typed)
    assert page.status_code == 200 and message in page.content.decode()
    assert Change.objects.last_number() == head


def test_only_the_chair_says_so_and_once(for_chair, sign_in, member):
    update = for_chair(**GOOD)
    url = f"/updates/{update.pk}/not-so/"
    for name in ("business.manager", "cem.member", "qiip.chair", "executive", "scrutineer"):
        assert sign_in(name).get(url).status_code == 403, name
    chair = sign_in("cem.chair")
    form = form_of(chair.get(url)) | NOT_SO
    assert chair.post(url, form).status_code == 302
    for address in (url, url.replace("not-so", "confirm")):
        assert "the chair said that it is not so" in words_of(chair.get(address, follow=True))
    assert Confirmation.objects.count() == 1


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_a_corrected_update_counts_as_of_the_day_of_the_first(report, correct, it_is, sign_in, action):
    it_is(2021, 4, 20)
    first = report("005", rating="amber", done="Met six of ten", reason="Two have no lead")
    it_is(2021, 7, 1)
    assert "silent" not in marks()
    silent = shown().reported_at
    assert (
        correct(first, done="Met eight of ten", rating="green", reason="All have a lead").status_code == 302
    )
    assert action("005").rating == "green"
    now = shown()
    assert (now.reported_at, now.rated_at) == (silent, silent), "mending a slip is no new report"
    page = sign_in("scrutineer").get(ACTION).content.decode()
    assert "Corrected on 1 July 2021" in page and "The rating was typed wrongly" in page
    assert page.count("Met eight of ten") == 2, "where it stands, and in its place"
    assert page.count("Met six of ten") == 1
    details = page.split("See what it said before")[1]
    assert "Met six of ten" in details and "Met eight of ten" not in details.split("</details>")[0]
    assert "20 April 2021" in re.split("Corrected on", page.split('id="progress"')[1])[0]
    history = words_of(sign_in("scrutineer").get("/scrutiny/changes/"))
    assert "corrected a report on 005: rated green" in history
    assert [str(finding) for finding in verify().findings] == []


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_a_late_report_stays_late_when_it_is_corrected(sign_in, send, correct, it_is):
    it_is(2021, 6, 9)
    send(sign_in("cem.chair"), URL, **GOOD)
    update = ProgressUpdate.objects.get()
    it_is(2021, 6, 20)
    correct(update, done="Met twice")
    assert "late for 15 June" in words_of(sign_in("cem.chair").get(ACTION))


@pytest.mark.run_in("sqlite", "postgresql")  # which update counts
def test_correcting_an_old_report_leaves_what_was_reported_since(report, correct, action):
    first = report("005", rating="amber", done="Met in April")
    report("005", rating="green", done="Met in May")
    assert correct(first, rating="red", reason="It stood still").status_code == 302
    assert action("005").rating == "green" and "red" not in marks()
    assert shown().blocker == ""
    counting = ProgressUpdate.objects.latest_of(action("005"))
    assert [update.done for update in counting] == ["Met in May", "Met in April"]
    keys = ProgressUpdate.objects.keys_that_count({action("005").pk: None})
    assert keys == [(update.pk, False) for update in counting]


@pytest.mark.run_in("sqlite", "postgresql")  # which update counts
def test_corrections_are_one_line_and_the_last_in_force_counts(report, correct, sign_in, send, action):
    first = report("005", rating="amber", done="One")
    correct(first, done="Two")
    two = ProgressUpdate.objects.latest("pk")
    assert (two.corrects, two.first) == (first, first)
    again = sign_in("cem.chair").get(f"/updates/{first.pk}/correct/", follow=True)
    assert "That report does not count any more" in words_of(again)
    correct(two, by="business.manager", done="Three", rating="red", reason="Stopped")
    three = ProgressUpdate.objects.latest("pk")
    assert (three.corrects, three.first, three.on_behalf) == (two, first, True)
    assert action("005").rating == "red"
    # The chair says that the manager's correction is not so: the one before it counts again.
    assert send(sign_in("cem.chair"), f"/updates/{three.pk}/not-so/", **NOT_SO).status_code == 302
    assert action("005").rating == "amber"
    page = words_of(sign_in("scrutineer").get(ACTION))
    assert "Two" in page and "Three" in page and "The chair says this is not so" in page
    correct(two, done="Four")
    four = ProgressUpdate.objects.latest("pk")
    assert four.corrects == three, "what was not so stays in the line"
    assert [one.done for one in ProgressUpdate.objects.latest_of(action("005"))] == ["Four"]


def test_a_correction_stays_one_of_the_same_report(report, correct, on_record):
    """Looking back finds the corrections of a report by the key of today."""
    first, other = report("005", rating="amber", done="One"), report("005", rating="amber", done="Other")
    correct(first, done="Two")
    correction = ProgressUpdate.objects.latest("pk")
    correction.first = other
    with pytest.raises(RuntimeError, match="never changes"), on_record():
        correction.save()


def test_a_nil_return_can_be_corrected_into_an_update(sign_in, send, correct, action):
    send(sign_in("cem.chair"), NIL_RETURN)
    nil = ProgressUpdate.objects.get()
    assert correct(nil, **GOOD).status_code == 302
    assert (action("005").rating, action("005").status) == ("amber", "in_progress")


@pytest.mark.run_in("sqlite", "postgresql")  # what is to be confirmed is found by SQL
def test_what_was_corrected_is_confirmed_by_its_correction(for_chair, correct, sign_in, send, action):
    update = for_chair(**GOOD)
    correct(update, by="business.manager", rating="green", reason="It goes well")
    correction = ProgressUpdate.objects.latest("pk")
    chair = sign_in("cem.chair")
    assert [one.pk for one in ProgressUpdate.objects.unconfirmed()] == [correction.pk]
    told = chair.get(f"/updates/{update.pk}/confirm/", follow=True)
    assert "was corrected: confirm the correction." in words_of(told)
    assert send(chair, f"/updates/{correction.pk}/confirm/").status_code == 302
    # Now it is the chair's own report.
    assert correct(correction, rating="red", reason="It stopped").status_code == 302
    assert ProgressUpdate.objects.latest("pk").on_behalf is False


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"what_was_wrong": ""}, "Fill in “What was wrong”."),
        ({"what_was_wrong": "?"}, "Say it in words."),
        ({"what_was_wrong": "x" * 2001}, "2,000 characters or fewer"),
        ({"what_was_wrong": "Not 943 476 5919"}, "This looks like an NHS number"),
        ({"done": ""}, "Say what was done."),
        ({"rating": "purple"}, "Choose “Rating” from its list."),
        ({"rating": "red", "reason": ""}, "Give the reason for the rating."),
        ({}, "This says the same as before."),
        ({"unblocker": "The Executive"}, "Say what is in the way"),
    ],
)
def test_a_correction_says_what_was_wrong_and_what_is_so(typed, message, report, correct):
    update = report("005", rating="amber", reason="Two have no lead")
    head = Change.objects.last_number()
    page = correct(update, **typed)
    assert page.status_code == 200 and message in page.content.decode()
    assert Change.objects.last_number() == head


def test_who_may_correct_an_update(sign_in, send, for_chair, report, member):
    own, other = report("005", rating="amber"), for_chair(**GOOD)
    send(sign_in("cem.chair"), f"/updates/{other.pk}/confirm/")
    for update in (own, other):
        may = {
            name for name in ROLES if sign_in(name).get(f"/updates/{update.pk}/correct/").status_code == 200
        }
        assert may == {"cem.chair", "business.manager"}
    page = sign_in("cem.member").get(ACTION).content.decode()
    assert "/correct/" not in page and "/correct/" in sign_in("cem.chair").get(ACTION).content.decode()


def test_reports_on_what_is_closed_stay_as_they_are(report, correct, action, on_record, sign_in):
    update = report("005", rating="amber")
    url = f"/updates/{update.pk}/correct/"
    form = form_of(sign_in("cem.chair").get(url))
    with on_record():
        subject = action("005")
        subject.status = Action.Status.COMPLETE
        subject.save()
    told = sign_in("cem.chair").get(url, follow=True)
    assert "Action 005 is complete: its reports stay as they are." in words_of(told)
    sign_in("cem.chair").post(url, form | GOOD | SLIP)
    assert ProgressUpdate.objects.count() == 1


@pytest.mark.run_in("sqlite", "postgresql")  # an act is found by SQL
def test_a_correction_sent_twice_is_recorded_once(report, sign_in):
    update = report("005", rating="amber", reason="Two have no lead")
    chair, url = sign_in("cem.chair"), f"/updates/{update.pk}/correct/"
    form = form_of(chair.get(url)) | GOOD | SLIP
    assert [chair.post(url, form).status_code for _ in range(2)] == [302, 302]
    assert ProgressUpdate.objects.count() == 2


def test_a_correction_typed_while_another_came_is_shown_it_first(report, sign_in, correct):
    update = report("005", rating="amber", reason="Two have no lead")
    chair, url = sign_in("cem.chair"), f"/updates/{update.pk}/correct/"
    form = form_of(chair.get(url)) | GOOD | SLIP
    correct(update, done="Met twice")
    told = chair.post(url, form)
    assert "Somebody changed this while you were writing" in told.content.decode()
    again = chair.post(url, form | form_of(told)).content.decode()
    assert "That update does not count any more" in again
