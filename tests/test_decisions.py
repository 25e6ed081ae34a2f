"""What is decided at a meeting: by whom, when, with which quorum; put in force, corrected and confirmed."""

import pytest

from actions.models import Action, ExceptionReport
from gscp.record import Change
from subgroups.models import Meeting, Post, PostHolding
from tests.conftest import AGENDA, ASK, form_of
from tests.test_meetings import days

# Once: moves are Python; tests/test_chain.py and tests/test_lives.py make every move on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


def test_a_decision_names_its_meeting_and_is_on_the_agenda(asked, attend, decide, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    agenda = sign_in("management.chair").get(AGENDA).content.decode()
    assert ASK["asked_for"] in agenda and f"{AGENDA}decide/{report.pk}/" in agenda
    assert decide("grant", report).url == AGENDA
    report.refresh_from_db()
    step = report.steps.last()
    assert (report.state, step.meeting.date.isoformat(), step.post.name) == (
        "granted",
        "2021-06-15",
        "Management Group Chair",
    )
    agenda = sign_in("management.chair").get(AGENDA).content.decode()
    assert "Decided at this meeting" in agenda and "As discussed" in agenda


@pytest.mark.parametrize(
    ("today", "present", "agenda", "message"),
    [
        ((2021, 6, 14), ("council",), AGENDA, "The meeting of 15 June 2021 has not been held yet."),
        ((2021, 6, 15), None, AGENDA, "Record first which partners are present."),
        (
            (2021, 9, 14),
            ("council",),
            AGENDA,
            "has met since, on 14 September 2021: enter it at that meeting.",
        ),
        (
            (2021, 6, 29),
            ("council", "police", "health"),
            "/meetings/executive/2021-06-29/",
            "This is not for the Executive to decide: it is with the management group.",
        ),
    ],
)
def test_a_decision_at_the_wrong_time_or_by_the_wrong_body_changes_nothing(
    today, present, agenda, message, asked, attend, decide, it_is
):
    report = asked()
    it_is(*today)
    if present:
        attend(agenda, *present)
    before = Change.objects.last_number()
    response = decide("grant", report, by="business.manager", agenda=agenda)
    assert message.lower() in response.content.decode().lower()
    assert Change.objects.last_number() == before


def test_what_came_after_a_meeting_is_not_decided_at_it(asked, attend, decide, it_is):
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    it_is(2021, 6, 16)
    report = asked()
    assert "since 16 June 2021 only, after the meeting of 15 June" in decide("grant", report).content.decode()


def test_without_a_quorum_it_is_provisional_until_ratified(
    asked, attend, decide, it_is, sign_in, send, on_record
):
    with on_record():
        action = Action.objects.get(ref="005")
        action.original_date = "2021-07-31"
        action.save()
    url = "/plans/2021-22/actions/005/new-date/"
    typed = {"cause": "No leads", "effect": "They wait", "recovery": "Ask"} | days(forecast=(30, 9, 2021))
    assert send(sign_in("cem.chair"), url, **typed).status_code == 302
    report = ExceptionReport.objects.get()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police")
    assert decide("grant", report).status_code == 302
    report.refresh_from_db()
    assert (
        report.with_group.slug == "management-group"
        and report.state == "waiting"
        and report.provisional_decision.move == "grant"
    )
    assert Action.objects.get(ref="005").agreed_date is None
    assert "not quorate either" in decide("ratify", report).content.decode()
    it_is(2021, 9, 14)
    september = "/meetings/management-group/2021-09-14/"
    attend(september, "council", "police", "health")
    assert decide("ratify", report, agenda=september).status_code == 302
    action = Action.objects.get(ref="005")
    assert (action.original_date.isoformat(), action.agreed_date.isoformat()) == ("2021-07-31", "2021-09-30")
    ratified = report.steps.last()
    assert ratified.points_to.move == "grant" and ratified.points_to.provisional


def test_a_correction_points_to_what_it_corrects_and_undoes_it(asked, attend, decide, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("refuse", report)
    decide("correct", report, reason="Entered on the wrong line")
    report.refresh_from_db()
    refused, corrected = list(report.steps.all())[-2:]
    assert (
        report.with_group.slug == "management-group"
        and report.state == "waiting"
        and corrected.points_to == refused
    )
    agenda = sign_in("management.chair").get(AGENDA).content.decode()
    assert agenda.count("Corrected, see below") == 1, "only beside what it corrects"
    assert decide("grant", report).status_code == 302


def test_what_the_business_manager_types_the_chair_confirms(asked, attend, decide, it_is, sign_in, send):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report, by="business.manager")
    step = report.steps.last()
    assert step.on_behalf and not step.is_confirmed
    url = f"/decisions/{step.pk}/confirm/"
    assert url in sign_in("management.chair").get(report.get_absolute_url()).content.decode()
    assert sign_in("cem.chair").get(url).status_code == 403
    assert send(sign_in("management.chair"), url).status_code == 302
    assert (
        "Confirmed by Management Group Chair"
        in sign_in("cem.chair").get(report.get_absolute_url()).content.decode()
    )


def test_the_action_says_how_often_it_was_re_dated(played, sign_in):
    assert "Re-dated once" in sign_in("executive").get("/plans/2021-22/actions/005/").content.decode()
    page = sign_in("executive").get("/plans/2021-22/actions/003/").content.decode()
    assert "Re-dated" not in page.partition('id="history"')[0]


def test_a_meeting_nobody_came_to_takes_no_decision_from_the_one_before(asked, attend, decide, it_is):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    it_is(2021, 9, 15)  # who was present yesterday is not on record
    september = "/meetings/management-group/2021-09-14/"
    assert "Record first which" in decide("grant", report, agenda=september).content.decode()
    assert decide("refuse", report).status_code == 302
    attend(september, "council")
    page = decide("correct", report).content.decode()
    assert "has met since, on 14 September 2021: enter it at that meeting." in page


def test_a_quorum_that_changed_while_a_decision_was_typed_is_shown_first(asked, attend, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police")
    chair, url = sign_in("management.chair"), f"{AGENDA}decide/{report.pk}/"
    form = form_of(chair.get(url)) | {"move": "grant", "reason": "As discussed"}
    attend(AGENDA, "council", "police", "health", reason="Came late")
    page = chair.post(url, form).content.decode()
    assert "Somebody changed this while you were writing" in page
    assert report.steps.count() == 1


def test_nobody_confirms_what_they_entered_or_what_decides_their_own(
    asked, decide, attend, it_is, user, on_record
):
    """The asker comes to the Management Group's vice-chair, and the Business Manager to its chair."""
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report, by="business.manager")
    group = Meeting.objects.get(date="2021-06-15").group
    with on_record():
        for name in ("cem.chair", "business.manager"):
            post = Post(name=f"Vice-chair {name}", role="vice_chair", group=group)
            post.save()
            PostHolding(post=post, user=user(name), started_on="2021-06-15").save()
    step = report.steps.last()
    allowed = {
        name
        for name in ("cem.chair", "business.manager", "management.chair")
        if user(name).has_perm("confirm", step)
    }
    assert allowed == {"management.chair"}


def test_who_answered_for_it_does_not_decide_it(asked, decide, attend, it_is, user, on_record, send, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("return", report)
    send(sign_in("cem.chair"), f"{report.get_absolute_url()}answer/", reason="Both were asked")
    with on_record():
        for holding in PostHolding.objects.filter(user__in=[user("cem.chair"), user("management.chair")]):
            holding.ended_on = "2021-06-15"
            holding.save()
        post = Post.objects.get(name="Management Group Chair")
        PostHolding(post=post, user=user("cem.chair"), started_on="2021-06-15").save()
    assert decide("grant", report, by="cem.chair").status_code == 403


def test_what_the_business_manager_reports_done_the_chair_confirms(
    asked, decide, attend, it_is, send, sign_in
):
    report, chair = asked(), sign_in("cem.chair")
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report)
    send(sign_in("business.manager"), f"{report.get_absolute_url()}done/", reason="Both have leads")
    assert "Reported done: Exception report on Action 005" in chair.get("/due/").content.decode()
    assert (
        "Ask the chair of the Child Exploitation"
        in sign_in("business.manager").get("/missing/").content.decode()
    )
    send(chair, f"/decisions/{report.steps.last().pk}/confirm/")
    assert report.steps.last().is_confirmed
    assert "for you to confirm" not in chair.get("/due/").content.decode()


def test_escalated_twice_it_is_escalated_once(asked, attend, it_is, sign_in):
    report, chair = asked(), sign_in("management.chair")
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    url = f"{AGENDA}decide/{report.pk}/"
    form = form_of(chair.get(url)) | {"move": "escalate", "reason": "For the Executive"}
    again = [chair.post(url, form, follow=True).content.decode() for _ in range(2)][1]
    assert "This was sent and recorded before" in again
    # Another form, read before that one was sent: it says what became of it.
    late = chair.post(url, form | {"reason": "Sent once more"}).content.decode()
    assert "Somebody changed this while you were writing" in late
    assert report.steps.count() == 2
    # Opened once more, there is nothing left for this chair to choose.
    assert "with the Executive" in chair.get(url, follow=True).content.decode()
    assert chair.get(url).url == report.get_absolute_url()


def test_a_decision_s_page_says_where_it_stands(asked, attend, decide, it_is, sign_in, send):
    report, chair, url = asked(), sign_in("management.chair"), f"{AGENDA}decide/{{}}/"
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    several = chair.get(url.format(report.pk)).content.decode()
    assert "Enter the decision" in several and "If you return it, write the question." in several
    assert several.count('name="move"') == several.count('type="radio"') > 1
    decide("refuse", report, reason="There are leads already")
    page = chair.get(url.format(report.pk)).content.decode()
    assert '<h1 class="govuk-heading-l">Correct the decision</h1>' in page
    assert "Decided at the meeting of 15 June 2021: refused" in page and "There are leads already" in page
    assert 'type="radio"' not in page, "one choice is none"
    assert '<input type="hidden" name="move" value="correct"' in page
    assert "Correct the decision: the earlier entry stays in view" in page
    assert "If you return it" not in page and "Record correction" in page
    taken_back = asked("006", "qiip.chair")
    send(sign_in("qiip.chair"), f"{taken_back.get_absolute_url()}take-back/", reason="Settled")
    page = chair.get(url.format(taken_back.pk), follow=True)
    assert page.redirect_chain and "Exception report on Action 006: taken back." in page.content.decode()


def test_a_draft_of_another_decision_does_not_change_the_only_one(asked, attend, decide, it_is, sign_in):
    """What was kept of the form while a decision could be chosen is shown when another one is left."""
    report, chair = asked(), sign_in("management.chair")
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    url = f"{AGENDA}decide/{report.pk}/"
    kept = form_of(chair.get(url)) | {"move": "grant", "reason": "Typed before", "save_draft": "1"}
    assert chair.post(url, kept).status_code == 302
    decide("refuse", report, by="business.manager")
    page = chair.get(url)
    assert "Typed before" in page.content.decode(), "to be copied"
    assert "Typed before</textarea>" not in page.content.decode(), "it was no reason to correct anything"
    assert form_of(page)["move"] == "correct"


def test_what_is_ratified_is_shown(asked, attend, decide, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council")
    decide("grant", report)
    attend(AGENDA, "council", "police", "health", reason="Came late")
    page = sign_in("management.chair").get(f"{AGENDA}decide/{report.pk}/").content.decode()
    assert "Decided at the meeting of 15 June 2021: granted, but not in force." in page
    assert "A meeting with enough partners has to agree it." in page
    decide("ratify", report)
    page = sign_in("cem.chair").get(AGENDA).content.decode()
    assert "Put in force: granted" in page and "Granted, but not in force" in page


def test_what_waits_to_be_ratified_is_not_passed_over(asked, decide, attend, it_is, send, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report)
    it_is(2021, 9, 14)
    september = "/meetings/management-group/2021-09-14/"
    attend(september, "council")
    decide("correct", report, agenda=september)
    page = send(sign_in("cem.chair"), f"{report.get_absolute_url()}done/", reason="Done")
    assert page.status_code == 302
    report.refresh_from_db()
    assert report.state == "granted" and report.provisional_decision.move == "correct"


def test_an_exception_is_decided_though_its_action_is_complete(asked, decide, attend, it_is, on_record):
    report = asked()
    with on_record():
        report.action.status = "complete"
        report.action.save()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    assert decide("grant", report).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.action.status) == ("granted", "complete")


def test_what_a_meeting_corrected_of_its_own_needs_no_quorum_any_more(asked, attend, decide, it_is):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("refuse", report)
    assert attend(AGENDA, "council", reason="They had not come").status_code == 200
    decide("correct", report, reason="Entered on the wrong line")
    assert attend(AGENDA, "council", reason="They had not come").status_code == 302
