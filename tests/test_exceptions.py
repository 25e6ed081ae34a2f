"""The rules that find what is off plan: each one fires when it should, says why, and falls silent again."""

import re
from datetime import date

import pytest

from actions import findings
from actions.models import Action, ExceptionReport, Kind, chain
from subgroups.models import Attendance, Group, Meeting, Partner, Post, PostHolding
from tests.factories import TO_CHECK

pytestmark = pytest.mark.django_db
NO_DATE = "Without a date it can never be late."
NIL = {"nil_return": True, "done": "", "difference": ""}
COMPLETED = {"evidence": "The training register", "impact": "Fewer repeat referrals"}


@pytest.fixture
def change(action, on_record):
    def changed(ref, **values):
        subject = action(ref)
        for name, value in values.items():
            setattr(subject, name, value)
        with on_record():
            subject.save()

    return changed


@pytest.fixture
def change_group(on_record):
    def changed(slug, **values):
        with on_record():
            group = Group.objects.get(slug=slug)
            for name, value in values.items():
                setattr(group, name, value)
            group.save()

    return changed


@pytest.fixture
def make(user, on_record):
    """make("grant", report): the move, by the Management Group's chair, a decision at today's meeting."""

    def made(name, report, reason=""):
        move, report = chain.MOVES_BY_NAME[name], ExceptionReport.objects.get(pk=report.pk)
        meeting = Meeting.objects.of(report.with_group).today_or_next() if move.is_decision else None
        with on_record():
            report.make_move(move, user("management.chair"), reason, meeting)

    return made


@pytest.fixture
def granted(action, user, make, on_record):
    """granted(Kind.NEW_DATE, forecast=…) on 006: its chair asks, and today's meeting, quorate, grants it."""

    def decided(kind, reason="", **asked):
        meeting = Meeting.objects.of(Group.objects.get(slug="management-group")).today_or_next()
        report = ExceptionReport(action=action("006"), kind=kind, **asked)
        with on_record():
            for partner in Partner.objects.current_on(meeting.date):
                if partner not in meeting.partners_present:
                    Attendance(meeting=meeting, partner=partner, presence="present").save()
            report.ask(by=user("qiip.chair"))
        make("grant", report, reason)
        return report

    return decided


@pytest.fixture
def end(on_record):
    """end("cem.chair", "2021-09-14"): from that day on nobody holds the post."""

    def ended(name, on):
        with on_record():
            held = PostHolding.objects.get(user__email__startswith=f"{name}@")
            held.ended_on = on
            held.save()

    return ended


@pytest.fixture
def appoint_vice_chair(user, on_record):
    def appointed(slug, name):
        with on_record():
            post = Post(name="Vice", role="vice_chair", group=Group.objects.get(slug=slug))
            post.save()
            PostHolding(post=post, user=user(name), started_on="2021-04-01").save()

    return appointed


def why(ref) -> dict[str, str]:
    """The rules that find the action today, by name, with their sentences."""
    return {rule.name: words for rule, words in findings.why_off_plan(Action.objects.get(ref=ref))}


def test_as_published_every_action_is_without_a_date():
    assert {ref: why(ref).get("no_date") for ref in ("001", "006")} == {"001": NO_DATE, "006": NO_DATE}


@pytest.mark.parametrize("dated", ["original_date", "review_date"])
def test_a_date_or_a_review_date_is_enough(dated, change):
    change("005", **{dated: "2021-09-30"})
    assert why("005") == {}


@pytest.mark.parametrize(
    ("today", "sentence"),
    [
        ((2021, 9, 30), None),
        ((2021, 10, 1), "Due 30 September 2021: 1 day late and not complete."),
        ((2021, 10, 12), "Due 30 September 2021: 12 days late and not complete."),
    ],
)
def test_past_its_date_the_day_after(today, sentence, change, it_is):
    change("005", original_date="2021-09-30")
    it_is(*today)
    assert why("005").get("past_date") == sentence


def test_an_agreed_date_counts_in_place_of_the_original(change, it_is):
    change("005", original_date="2021-09-30", agreed_date="2021-12-31")
    it_is(2021, 10, 12)
    assert "past_date" not in why("005")
    it_is(2022, 1, 1)
    assert why("005")["past_date"] == "Due 31 December 2021: 1 day late and not complete."


@pytest.mark.parametrize("status", ["withdrawn", "carried_forward", "merged", "split"])
def test_what_is_closed_is_no_exception(status, change, it_is):
    change("005", original_date="2021-04-02", status=status, rating="red")
    it_is(2021, 10, 12)
    assert why("005") == {}


def test_complete_without_evidence_is_the_one_exception_of_what_is_closed(change, it_is):
    change("006", original_date="2021-04-02", status="complete", rating="red")
    it_is(2021, 10, 12)
    assert why("006") == {
        "no_evidence": "Complete on the plan, though no completion with evidence has been accepted."
    }


def test_a_completion_granted_is_the_evidence(granted, make, change, action, it_is):
    it_is(2021, 6, 15)
    completion = granted(Kind.COMPLETION, **COMPLETED)
    assert action("006").status == "complete" and why("006") == {}
    make("correct", completion)
    change("006", status="complete")
    assert "no_evidence" in why("006"), "a decision that was corrected granted nothing"


def test_an_impact_checked_later_is_no_later_completion(granted, make, it_is):
    it_is(2021, 6, 15)
    completion = granted(Kind.COMPLETION, evidence="The training register", **TO_CHECK)
    granted(Kind.REOPENING)
    make("check-impact", completion, "Fewer repeat referrals")
    assert "reopened" in why("006")


def test_a_completion_whose_impact_was_checked_is_evidence(granted, make, it_is):
    it_is(2021, 6, 15)
    completion = granted(Kind.COMPLETION, evidence="The training register", **TO_CHECK)
    make("check-impact", completion, "Fewer repeat referrals")
    assert why("006") == {}


def test_evidence_of_before_a_reopening_is_none_of_completing_again(granted, change, it_is):
    it_is(2021, 6, 15)
    granted(Kind.COMPLETION, **COMPLETED)
    granted(Kind.REOPENING)
    change("006", status="complete")
    assert "no_evidence" in why("006")


def test_reopened_until_it_is_complete_again(granted, change, it_is):
    it_is(2021, 6, 15)
    granted(Kind.COMPLETION, **COMPLETED)
    it_is(2021, 9, 14)
    granted(Kind.REOPENING, reason="Two agencies never had the training")
    assert why("006")["reopened"] == (
        "On 14 September 2021. Reason given: “Two agencies never had the training”"
    )
    it_is(2021, 12, 14)
    granted(Kind.COMPLETION, **COMPLETED)
    assert why("006") == {}
    change("006", status="in_progress")
    assert "reopened" not in why("006"), "only what a meeting granted reopens"


def test_what_was_withdrawn_is_reopened_too(granted, it_is):
    it_is(2021, 6, 15)
    granted(Kind.WITHDRAWAL)
    granted(Kind.REOPENING)
    assert why("006")["reopened"] == "On 15 June 2021."


def test_redated_more_than_once(granted, make, change, it_is):
    change("006", original_date="2021-06-30")
    it_is(2021, 6, 15)
    first = granted(Kind.NEW_DATE, forecast=date(2021, 9, 30))
    make("correct", first)
    make("grant", first)
    assert "redated" not in why("006"), "the same date granted anew is one"
    it_is(2021, 9, 14)
    second = granted(Kind.NEW_DATE, forecast=date(2022, 3, 31))
    assert why("006")["redated"] == (
        "2 times: the original date was 30 June 2021, the agreed date is 31 March 2022."
    )
    make("correct", second)
    assert "redated" not in why("006")


def test_a_date_asked_for_is_none_given(change, action, user, on_record):
    change("006", original_date="2021-06-30", agreed_date="2021-09-30")
    with on_record():
        report = ExceptionReport(action=action("006"), kind=Kind.NEW_DATE, forecast=date(2022, 3, 31))
        report.ask(by=user("qiip.chair"))
    assert "redated" not in why("006")


@pytest.mark.parametrize("rating", ["green", "amber"])
def test_green_or_amber_past_its_date_contradicts_it(rating, report, change, it_is):
    change("005", original_date="2021-09-30")
    report("005", rating=rating)
    it_is(2021, 9, 30)
    assert "contradicts" not in why("005")
    it_is(2021, 10, 1)
    assert why("005")["contradicts"] == (
        f"Rated {rating} on 1 April 2021, though due on 30 September 2021 and not complete."
    )
    report("005", rating="red")
    assert "contradicts" not in why("005")


def test_green_contradicts_a_forecast_later_than_it_is_due(report, change):
    change("005", original_date="2021-09-30")
    report("005", rating="green", forecast=date(2021, 9, 30))
    assert "contradicts" not in why("005")
    report("005", rating="green", forecast=date(2021, 10, 1))
    report("005", **NIL)
    assert why("005")["contradicts"] == (
        "Rated green on 1 April 2021, though due on 30 September 2021 and forecast for 1 October 2021."
    )
    report("005", rating="amber", forecast=date(2021, 10, 1))
    assert "contradicts" not in why("005"), "amber says that it may be late"


def test_post_vacant_from_the_day_its_holder_leaves(end, appoint_vice_chair, it_is):
    end("cem.chair", "2021-09-14")
    it_is(2021, 9, 13)
    assert "vacant" not in why("005")
    it_is(2021, 9, 14)
    assert why("005")["vacant"] == (
        "Nobody holds the post that leads it: Child Exploitation and Missing Subgroup Chair."
    )
    assert "vacant" not in why("006")
    appoint_vice_chair("cem", "qiip.chair")
    assert "vacant" in why("005"), "a vice-chair acts for a chair, and still somebody has to be found"


def test_without_a_lead_post_a_chair_or_a_vice_chair_is_enough(end, appoint_vice_chair, action):
    assert action("001").lead_posts == [] and "vacant" not in why("001")
    end("resolution.chair", "2021-04-01")
    assert why("001")["vacant"] == (
        "No post leads it, and the Resolution Group has neither a chair nor a vice-chair."
    )
    appoint_vice_chair("resolution", "resolution.chair")
    assert "vacant" not in why("001")


def test_no_post_is_vacant_in_a_subgroup_that_is_not_in_place(end, change_group):
    end("mash.chair", "2021-04-01")
    assert {"no_owner", "vacant"} & set(why("003")) == {"no_owner"}
    change_group("mash", established_on="2021-04-01")
    assert {"no_owner", "vacant"} & set(why("003")) == {"vacant"}


def test_rated_red_says_the_reason_given(report):
    report("005", rating="red", reason="No lead in two agencies")
    assert why("005")["red"] == "Reported red on 1 April 2021. Reason given: “No lead in two agencies”"
    report("005", rating="amber")
    assert "red" not in why("005")


def test_blocked_with_nobody_named(report):
    report("005", rating="amber", blocker="No lead nominated")
    assert why("005")["blocked"] == "What is in the way: No lead nominated"
    report("005", **NIL)
    assert "blocked" in why("005"), "a nil return unblocks nothing"
    report("005", rating="amber", blocker="No lead nominated", unblocker="Executive Chair")
    assert "blocked" not in why("005")


def test_owner_not_in_place(change_group):
    assert why("003")["no_owner"] == (
        "The MASH Subgroup is not in place yet: the chair of the Management Group acts for it."
    )
    change_group("mash", established_on="2021-04-01")
    assert "no_owner" not in why("003")


def test_counts_and_lists_say_the_same(report, it_is):
    report("005", rating="red", blocker="No lead")
    counted = findings.of_live_plans().counts()
    listed = dict.fromkeys(counted, 0)
    actions = findings.shown([row.action for row in findings.of_live_plans().off_plan()])
    findings.give_reasons(actions)
    for action in actions:
        for rule, _ in action.reasons:
            listed[rule.name] += 1
    assert counted == listed
    assert counted["no_date"] == 6 and counted["red"] == counted["blocked"] == counted["no_owner"] == 1


def test_the_action_s_page_says_why_it_is_off_plan(sign_in, change):
    def shown():
        html = sign_in("cem.chair").get("/plans/2021-22/actions/005/").content.decode()
        return re.findall(r'class="gscp-why"><strong>(.*?)</strong> (.*?)</li>', html)

    assert shown() == [("No date and no review date.", NO_DATE)]
    change("005", review_date="2021-09-30")
    assert shown() == []
