"""The rules that find what is off plan: each one fires when it should, says why, and falls silent again."""

import re
from datetime import date

import pytest

from actions import rules
from actions.models import Action, ExceptionReport, Kind, ProgressUpdate, chain
from actions.reporting import Deadlines
from gscp import clock
from subgroups.models import Attendance, Meeting, Partner, Post, PostHolding, Subgroup

pytestmark = pytest.mark.django_db
NO_DATE = "It has no date and no review date, so it can never be late."
NIL = {"nil_return": True, "done": "", "difference": ""}
COMPLETED = {"evidence": "The training register", "impact": "Fewer repeat referrals"}


@pytest.fixture
def report(action, user, on_record):
    """report("005", rating="amber", blocker="…") as its chair would."""

    def reported(ref, reason="", **typed):
        update = ProgressUpdate(
            entered_by=user("cem.chair"), **{"done": "Met", "difference": "None yet"} | typed
        )
        with on_record(reason):
            action(ref).report(update)
        return update

    return reported


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
def change_subgroup(on_record):
    def changed(slug, **values):
        with on_record():
            subgroup = Subgroup.objects.get(slug=slug)
            for name, value in values.items():
                setattr(subgroup, name, value)
            subgroup.save()

    return changed


@pytest.fixture
def make(user, on_record):
    """make("grant", report): the move, by the Management Group's chair, a decision at today's meeting."""

    def made(name, report, reason=""):
        move, report = chain.MOVES_BY_NAME[name], ExceptionReport.objects.get(pk=report.pk)
        meeting = Meeting.objects.setting_deadlines().get(date=clock.today()) if move.is_decision else None
        with on_record():
            report.make_move(move, user("management.chair"), reason, meeting)

    return made


@pytest.fixture
def granted(action, user, make, on_record):
    """granted(Kind.NEW_DATE, forecast=…) on 006: its chair asks, and today's meeting, quorate, grants it."""

    def decided(kind, reason="", **asked):
        meeting = Meeting.objects.setting_deadlines().get(date=clock.today())
        report = ExceptionReport(action=action("006"), kind=kind, **asked)
        with on_record():
            for partner in Partner.objects.current_on(meeting.date).filter(kind__in=Partner.SAFEGUARDING):
                if partner not in meeting.partners_present:
                    Attendance(meeting=meeting, partner=partner, present=True).save()
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
            post = Post(name="Vice", role="vice_chair", subgroup=Subgroup.objects.get(slug=slug))
            post.save()
            PostHolding(post=post, user=user(name), started_on="2021-04-01").save()

    return appointed


def why(ref) -> dict[str, str]:
    """The rules that find the action today, by name, with their sentences."""
    return {rule.name: words for rule, words in rules.why_off_plan(Action.objects.get(ref=ref))}


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


@pytest.mark.parametrize("status", ["withdrawn", "carried_forward"])
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
    completion = granted(Kind.COMPLETION, evidence="The training register", impact_check_on=date(2021, 9, 1))
    granted(Kind.REOPENING)
    make("check-impact", completion, "Fewer repeat referrals")
    assert "reopened" in why("006")


def test_a_completion_whose_impact_was_checked_is_evidence(granted, make, it_is):
    it_is(2021, 6, 15)
    completion = granted(Kind.COMPLETION, evidence="The training register", impact_check_on=date(2021, 9, 1))
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
        "Reopened on 14 September 2021. Reason given: “Two agencies never had the training”"
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
    assert why("006")["reopened"] == "Reopened on 15 June 2021."


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
        "Re-dated 2 times: the original date was 30 June 2021, the agreed date is 31 March 2022."
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
    assert action("001").lead_post is None and "vacant" not in why("001")
    end("resolution.chair", "2021-04-01")
    assert why("001")["vacant"] == (
        "No post leads it, and the Resolution Group has neither a chair nor a vice-chair."
    )
    appoint_vice_chair("resolution", "resolution.chair")
    assert "vacant" not in why("001")


def test_no_post_is_vacant_in_a_subgroup_that_is_not_in_place(end, change_subgroup):
    end("mash.chair", "2021-04-01")
    assert {"no_owner", "vacant"} & set(why("003")) == {"no_owner"}
    change_subgroup("mash", established_on="2021-04-01")
    assert {"no_owner", "vacant"} & set(why("003")) == {"vacant"}


def test_rated_red_says_the_reason_given(report):
    report("005", rating="red", reason="No lead in two agencies")
    assert why("005")["red"] == "Reported red on 1 April 2021. Reason given: “No lead in two agencies”"
    report("005", rating="amber")
    assert "red" not in why("005")


def test_blocked_with_nobody_named(report):
    report("005", rating="amber", blocker="No lead nominated")
    assert why("005")["blocked"] == "Blocked, and nobody is named who can remove it: No lead nominated"
    report("005", **NIL)
    assert "blocked" in why("005"), "a nil return unblocks nothing"
    report("005", rating="amber", blocker="No lead nominated", unblocker="Executive Chair")
    assert "blocked" not in why("005")


def test_owner_not_in_place(change_subgroup):
    assert why("003")["no_owner"] == (
        "The MASH Subgroup is not in place yet; until then the chair of the Management Group acts for it."
    )
    change_subgroup("mash", established_on="2021-04-01")
    assert "no_owner" not in why("003")


@pytest.mark.parametrize(
    ("today", "meeting", "met", "coming"),
    [
        ((2021, 4, 1), None, None, (2021, 6, 15)),
        ((2021, 6, 9), (2021, 6, 15), None, (2021, 6, 15)),
        ((2021, 6, 15), (2021, 6, 15), None, (2021, 6, 15)),
        ((2021, 6, 16), (2021, 6, 15), (2021, 6, 15), (2021, 9, 14)),
        ((2021, 9, 8), (2021, 9, 14), (2021, 6, 15), (2021, 9, 14)),
        ((2022, 3, 16), (2022, 3, 15), (2022, 3, 15), None),
    ],
)
def test_the_meetings_that_rules_look_at(today, meeting, met, coming, it_is, held):
    it_is(*today)
    held()
    deadlines = Deadlines.now()
    found = [m and m.date for m in (deadlines.last_closed, deadlines.last_held, deadlines.next_meeting)]
    assert found == [day and date(*day) for day in (meeting, met, coming)]


def test_what_is_reported_for_a_meeting_lies_between_two_closings_of_papers(report, it_is, held):
    made = {}
    for month, day in ((6, 7), (6, 9), (9, 6), (9, 8)):  # papers close on 8 June and 7 September
        it_is(2021, month, day)
        made[month, day] = report("005", rating="green", done=f"Met on {day}.{month}.").change_id
    held()
    deadlines = Deadlines.now()
    assert made[6, 7] <= deadlines.last_closed_since < made[6, 9]
    assert deadlines.next_since == deadlines.last_closed_since, "the coming meeting is that of September"
    assert deadlines.last_held_closing == deadlines.last_closed_since, "the last meeting held is that of June"
    it_is(2021, 9, 15)
    assert made[9, 6] <= Deadlines.now().next_since < made[9, 8], (
        "what is entered late counts for December too"
    )


def test_a_meeting_nobody_attended_is_not_the_last_one(it_is, held):
    it_is(2021, 6, 16)
    held()
    it_is(2021, 9, 14)
    september = Meeting.objects.get(date="2021-09-14", subgroup__tier="management_group")
    june = Meeting.objects.get(date="2021-06-15")
    assert june.next_held() == september, "it may be held today"
    it_is(2021, 9, 15)
    assert june.next_held() is None and Deadlines.now().last_held == june
    held()
    assert june.next_held() == september and Deadlines.now().last_held == september


def test_silence_counts_over_the_window_of_the_meeting_whose_papers_closed(report, it_is):
    it_is(2021, 6, 7)
    report("005", rating="green")
    it_is(2021, 6, 9)  # papers closed yesterday at five
    assert "silent" not in why("005")
    assert why("006")["silent"] == "Not reported for the meeting of 15 June 2021: no update yet."
    it_is(2021, 9, 6)
    assert "silent" not in why("005"), "papers for September have not closed"
    it_is(2021, 9, 8)
    assert why("005")["silent"] == (
        "Not reported for the meeting of 14 September 2021: no update since papers closed on 8 June 2021; "
        "the last one is of 7 June 2021."
    )
    report("005", rating="green", done="Met again")
    assert "silent" not in why("005"), "late for the meeting, but no silence any more"


def test_the_day_after_papers_close_belongs_to_the_next_meeting(report, it_is):
    it_is(2021, 6, 9)
    report("005", rating="green")
    it_is(2021, 9, 8)
    assert "silent" not in why("005")


def test_a_nil_return_is_not_silence(report, it_is):
    report("005", rating="green")
    it_is(2021, 9, 6)
    report("005", **NIL)
    it_is(2021, 9, 8)
    assert "silent" not in why("005")


def test_an_old_rating_is_never_shown_as_fresh(sign_in, report, it_is):
    def shown():
        reader = sign_in("cem.chair")
        for page in ("/plans/2021-22/?subgroup=cem", "/plans/2021-22/actions/005/", "/due/"):
            html = reader.get(page).content.decode()
            yield " ".join(
                re.search(r'gscp-rating.*?<span class="gscp-note">(.*?)</span>', html, re.S)[1].split()
            )
            yield "gscp-rating--old" in html

    it_is(2021, 6, 7)
    report("005", rating="green")
    it_is(2021, 9, 6)
    assert set(shown()) == {"reported 7 June 2021", False}
    it_is(2021, 9, 8)  # papers closed yesterday at five, and those before on 8 June
    assert set(shown()) == {"reported 7 June 2021, not reported since", True}
    report("005", **NIL)
    assert set(shown()) == {"of 7 June 2021; nil return 8 September 2021", False}
    it_is(2021, 12, 8)
    assert set(shown()) == {"of 7 June 2021; nil return 8 September 2021", False}
    it_is(2022, 3, 9)
    assert set(shown()) == {"of 7 June 2021; nil return 8 September 2021, not reported since", True}


def test_before_papers_ever_closed_nobody_is_silent(it_is):
    it_is(2021, 6, 7)
    assert "silent" not in why("005") and Deadlines.now().last_closed is None


def test_worse_than_at_the_last_meeting(report, it_is, held):
    report("005", rating="green")
    it_is(2021, 6, 9)
    report("005", rating="amber")
    it_is(2021, 6, 15)
    assert "worse" not in why("005"), "no meeting has been held before today"
    it_is(2021, 6, 16)
    assert "worse" not in why("005"), "nobody's attendance is on record"
    held()
    assert why("005")["worse"] == "Was green when papers closed for the meeting of 15 June 2021, now amber."
    report("005", rating="red", reason="No lead in two agencies")
    assert why("005")["worse"] == (
        "Was green when papers closed for the meeting of 15 June 2021, now red. "
        "Reason given: “No lead in two agencies”"
    )
    report("005", rating="green")
    assert "worse" not in why("005")
    report("005", rating="amber")
    it_is(2021, 9, 14)
    assert "worse" in why("005"), "the meeting of today is not the last one before it is over"
    it_is(2021, 9, 15)
    held()
    assert "worse" not in why("005"), "it was amber in the papers of the last meeting"


def test_better_is_no_exception(report, it_is):
    report("005", rating="red")
    it_is(2021, 6, 16)
    report("005", rating="amber")
    assert "worse" not in why("005")


def test_counts_and_lists_say_the_same(report, it_is):
    report("005", rating="red", blocker="No lead")
    deadlines = Deadlines.now()
    found = rules.exceptions(Action.objects.for_pages(), deadlines)
    counted = {
        rule.name: number for rule, number in rules.counts(rules.exceptions(Action.objects.all(), deadlines))
    }
    listed = dict.fromkeys(counted, 0)
    for action in found:
        for rule, _ in rules.reasons(action, deadlines):
            listed[rule.name] += 1
    assert counted == listed
    assert counted["no_date"] == 6 and counted["red"] == counted["blocked"] == counted["no_owner"] == 1


def test_the_management_group_sees_why(sign_in, report):
    report("005", rating="amber", blocker="No lead nominated")
    chair = sign_in("management.chair")
    page = chair.get("/", follow=True).content.decode()
    assert "/exceptions/found/?rule=blocked" in page and "/exceptions/found/?rule=red" not in page
    only = chair.get("/exceptions/found/?rule=blocked").content.decode()
    assert "Blocked, and nobody is named who can remove it: No lead nominated" in only
    assert "1 action off plan" in only
    assert "/actions/005/" in only and "/actions/006/" not in only
    assert "1 action off plan" in chair.get("/exceptions/found/?subgroup=cem").content.decode()


def test_the_action_s_page_says_why_it_is_off_plan(sign_in, change):
    def shown():
        html = sign_in("cem.chair").get("/plans/2021-22/actions/005/").content.decode()
        return re.findall(r'class="gscp-why"><strong>(.*?)</strong> (.*?)</li>', html)

    assert shown() == [("No date and no review date.", NO_DATE)]
    change("005", review_date="2021-09-30")
    assert shown() == []


def test_the_executive_sees_what_only_it_decides(sign_in):
    page = sign_in("executive").get("/", follow=True).content.decode()
    shown = {ref for ref in ("001", "002", "003", "004", "005", "006") if f"/actions/{ref}/" in page}
    assert shown == {"002", "003", "004", "005"}, "High, and what the Management Group's chair answers for"


def test_the_business_manager_sees_what_is_missing(sign_in, on_record, user):
    page = sign_in("business.manager").get("/", follow=True).content.decode()
    assert "No date and no review date" in page and "Owner not in place yet" in page


def test_a_chair_sees_what_is_due(sign_in, report):
    chair = sign_in("cem.chair")
    page = chair.get("/", follow=True).content.decode()
    assert "8 June 2021, 5:00pm" in page
    assert "/actions/005/update/" in page and "/actions/006/" not in page
    report("005", rating="green")
    assert "Nothing is due from you" in chair.get("/due/").content.decode()


def test_the_mash_chair_sees_a_page_that_says_who_acts(sign_in):
    page = sign_in("mash.chair").get("/", follow=True).content.decode()
    assert "The MASH Subgroup is not in place yet" in page
    assert "/update/" not in page
    assert "you act for it" in sign_in("management.chair").get("/due/").content.decode()
