"""Requests and answers entered for a chair, said not to be so, and changed by who asked."""

import pytest

from actions.models import Action, Confirmation, ExceptionReport, ExceptionStep
from gscp.record import TOMBSTONE, Change
from scrutiny.proof.walk import verify
from subgroups.models import Meeting, Post, PostHolding
from tests.answers import words_of
from tests.conftest import AGENDA, ASK, form_of
from tests.rows_of_record import without_triggers
from tests.test_asking import AT, COMPLETION, NEW_DATE
from tests.test_every_page import check_words
from tests.test_meetings import days

# Once: moves and their permissions are Python; tests/test_lives.py makes them on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
NOT_SO = {"why": "The Constabulary has a lead"}
WAITS = "Entered for the chair of the Child Exploitation and Missing Subgroup by the Business Manager"


@pytest.fixture
def for_chair(asked):
    """The Business Manager has raised an exception on 005 for its chair."""
    return lambda ref="005": asked(ref, "business.manager")


@pytest.fixture
def met(it_is, attend):
    """The Management Group meets in June, with all partners."""

    def on_its_day():
        it_is(2021, 6, 15)
        attend(AGENDA, "council", "police", "health")

    return on_its_day


def say(client, step, send, **typed):
    return send(client, f"/decisions/{step.pk}/{'not-so' if typed else 'confirm'}/", **typed)


def test_what_is_asked_for_a_chair_waits_for_the_chair_s_word(for_chair, met, sign_in, send, decide):
    report = for_chair()
    raised = report.steps.get()
    assert raised.on_behalf and report.asker_ids == set()
    page = words_of(sign_in("executive").get(report.get_absolute_url()))
    assert f"{WAITS}, not confirmed yet" in page
    for address in ("/exceptions/", "/exceptions/reports/", AT):
        assert f"{WAITS}, not confirmed yet" in words_of(sign_in("management.chair").get(address)), address
    met()
    for address in (AGENDA, f"{AGENDA}pack/"):
        assert f"{WAITS}, not confirmed yet" in words_of(sign_in("management.chair").get(address)), address
    form = sign_in("management.chair").get(f"{AGENDA}decide/{report.pk}/").content.decode()
    assert 'value="escalate"' in form and 'value="return"' in form
    assert 'value="grant"' not in form and 'value="refuse"' not in form
    for move in ("grant", "refuse"):
        assert "is not open" in decide(move, report).content.decode()
    assert "Exception report on Action 005" in words_of(sign_in("cem.chair").get("/due/"))
    assert "Ask the chair of the Child Exploitation" in words_of(sign_in("business.manager").get("/missing/"))
    assert say(sign_in("cem.chair"), raised, send).status_code == 302
    assert not ExceptionReport.objects.get().to_confirm
    assert decide("grant", report, by="business.manager").status_code == 302
    history = words_of(sign_in("scrutineer").get("/scrutiny/changes/"))
    assert "The Business Manager, for the chair, raised an exception on 005" in history
    assert [str(finding) for finding in verify().findings] == []


def test_who_confirms_it_has_asked_for_it(for_chair, sign_in, send, on_record, user):
    report = for_chair()
    manager, chair = user("business.manager"), user("cem.chair")
    assert manager.has_perm("decide", report), "who typed it enters what the group decides"
    say(sign_in("cem.chair"), report.steps.get(), send)
    with on_record():
        for holding in PostHolding.objects.filter(user__in=[chair, user("management.chair")]):
            holding.ended_on = "2021-04-01"
            holding.save()
        PostHolding(
            post=Post.objects.get(name="Management Group Chair"), user=chair, started_on="2021-04-01"
        ).save()
    report = ExceptionReport.objects.get()
    assert report.asker_ids == {chair.pk}
    assert not user("cem.chair").has_perm("decide", report)


def test_it_goes_past_a_group_that_the_chair_leads_as_well(asked, on_record, user):
    """As if the chair had asked: the nearest group in which they have no part."""
    group = Meeting.objects.get(date="2021-06-15").group
    with on_record():
        post = Post(name="Vice-chair", role="vice_chair", group=group)
        post.save()
        PostHolding(post=post, user=user("cem.chair"), started_on="2021-04-01").save()
    assert asked("005", "business.manager").with_group.slug == "executive"
    assert asked("006", "business.manager").with_group.slug == "management-group"


@pytest.mark.parametrize(
    ("slug", "typed"),
    [("exception", ASK), ("new-date", NEW_DATE), ("completion", COMPLETION), ("withdrawal", ASK)],
)
def test_each_kind_that_is_not_so_is_taken_back(slug, typed, sign_in, send, on_record, action):
    subject = action("005")
    subject.original_date = "2021-09-30"
    subject.status = "in_progress"
    with on_record():
        subject.save()
    assert send(sign_in("business.manager"), f"{AT}{slug}/", **typed).status_code == 302
    report = ExceptionReport.objects.get()
    told = say(sign_in("cem.chair"), report.steps.get(), send, **NOT_SO)
    assert told.status_code == 302
    report.refresh_from_db()
    assert report.state == "taken_back" and action("005").status == "in_progress"
    last = report.steps.last()
    assert (last.move, last.points_to, last.entered_by.email) == (
        "not-so", report.steps.first(), "cem.chair@gscp.example",
    )  # fmt: skip
    page = words_of(sign_in("scrutineer").get(report.get_absolute_url()))
    assert "The chair says this is not so: “The Constabulary has a lead”" in page
    assert "is not so" in words_of(sign_in("scrutineer").get(AT))
    # It can be asked anew, and nobody is asked to confirm what was taken back.
    assert not ExceptionStep.objects.unconfirmed().exists()
    assert send(sign_in("cem.chair"), f"{AT}{slug}/", **typed).status_code == 302
    assert [str(finding) for finding in verify().findings] == []


def test_an_answer_that_is_not_so_leaves_the_question_open(asked, met, decide, sign_in, send):
    report = asked()
    met()
    decide("return", report)
    url = f"{report.get_absolute_url()}answer/"
    manager = sign_in("business.manager")
    assert "on behalf of the chair of the Child Exploitation" in words_of(manager.get(url))
    assert send(manager, url, reason="Both were asked").status_code == 302
    report = ExceptionReport.objects.get()
    assert report.state == "waiting" and [step.move for step in report.to_confirm] == ["answer"]
    assert "is not open" in decide("grant", report).content.decode()
    say(sign_in("cem.chair"), report.steps.last(), send, **NOT_SO)
    report = ExceptionReport.objects.get()
    assert report.state == "returned" and not report.to_confirm
    page = words_of(manager.get(report.get_absolute_url()))
    assert (
        "Returned with a question, Management Group" in page
        and "Answered" not in page.split("What is asked")[0]
    )
    assert "An answer was entered for the chair, who said that it is not so: “" in page
    assert "The chair said of the answer entered for them: “" in words_of(manager.get("/missing/"))
    found = words_of(manager.get("/search/?q=Both+were+asked"))
    assert "the chair said that it is not so" in found
    send(sign_in("cem.chair"), url, reason="One was asked")
    assert decide("grant", ExceptionReport.objects.get()).status_code == 302


def test_what_was_not_done_is_promised_still(asked, met, decide, sign_in, send):
    report = asked()
    met()
    decide("grant", report)
    send(sign_in("business.manager"), f"{report.get_absolute_url()}done/", reason="Both have leads")
    say(sign_in("cem.chair"), report.steps.last(), send, **NOT_SO)
    report = ExceptionReport.objects.get()
    assert report.state == "granted"
    assert "Promised, and not done yet" in words_of(sign_in("cem.chair").get("/due/"))
    assert [str(finding) for finding in verify().findings] == []


def test_a_decision_that_is_not_so_is_for_its_group_to_correct(asked, met, decide, sign_in, send):
    report = asked()
    met()
    decide("grant", report, by="business.manager")
    step = report.steps.last()
    chair, manager = sign_in("management.chair"), sign_in("business.manager")
    assert "stays in force until the Management Group corrects it" in words_of(
        chair.get(f"/decisions/{step.pk}/not-so/")
    )
    assert say(chair, step, send, **NOT_SO).status_code == 302
    report = ExceptionReport.objects.get()
    assert report.state == "granted", "it has no effect by itself"
    for client, address in ((manager, "/missing/"), (chair, "/exceptions/"), (chair, "/")):
        page = words_of(client.get(address, follow=True))
        assert "The chair says this is not so: correct it" in page and NOT_SO["why"] in page, address
    page = words_of(sign_in("scrutineer").get(report.get_absolute_url()))
    assert "The chair says this is not so: correct it. Granted, at the meeting of 15 June 2021" in page
    assert "The Management Group is asked to correct it." in page
    action = "/plans/2021-22/actions/005/"
    on_action = "The chair says that a decision on this action is not so"
    for address, said in ((AGENDA, "not so: correct it"), (action, on_action)):
        assert said in words_of(chair.get(address)), address
    decide("correct", report)
    for client, address in ((manager, "/missing/"), (chair, "/exceptions/"), (chair, AGENDA)):
        assert "not so: correct it" not in words_of(client.get(address))
    assert on_action not in words_of(chair.get(action))
    page = words_of(sign_in("scrutineer").get(report.get_absolute_url()))
    assert "The chair says this is not so: “" in page and "is asked to correct" not in page


def test_a_provisional_decision_that_is_not_so_can_be_decided_anew(
    asked, it_is, attend, decide, sign_in, send
):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council")
    decide("grant", report, by="business.manager")
    say(sign_in("management.chair"), report.steps.last(), send, **NOT_SO)
    assert ExceptionReport.objects.get().decision_not_so
    decide("refuse", report)
    assert not ExceptionReport.objects.get().decision_not_so
    assert not ExceptionStep.objects.to_correct().exists()


@pytest.mark.parametrize("why", ["", "  ", "!!", "x" * 2001, "Spoke about 943 476 5919"])
def test_without_a_reason_in_words_nothing_is_said(why, for_chair, sign_in, send):
    report, head = for_chair(), Change.objects.last_number()
    page = send(sign_in("cem.chair"), f"/decisions/{report.steps.get().pk}/not-so/", why=why)
    assert page.status_code == 200 and Change.objects.last_number() == head


def test_who_says_of_a_request_whether_it_is_so(for_chair, sign_in, member):
    step = for_chair().steps.get()
    for page in ("confirm", "not-so"):
        may = {
            name
            for name in ("cem.chair", "cem.member", "qiip.chair", "management.chair", "executive",
                         "business.manager", "scrutineer")
            if sign_in(name).get(f"/decisions/{step.pk}/{page}/").status_code == 200
        }  # fmt: skip
        assert may == {"cem.chair"}, "never who typed it"


def test_who_asks_for_themselves_confirms_nothing(asked, sign_in):
    step = asked().steps.get()
    assert not step.on_behalf
    assert sign_in("cem.chair").get(f"/decisions/{step.pk}/not-so/").status_code == 404


def test_the_words_of_a_request_are_changed_until_its_papers_close(asked, sign_in, send, it_is, met, decide):
    report = asked()
    chair, url = sign_in("cem.chair"), f"{report.get_absolute_url()}change/"
    assert url in chair.get(report.get_absolute_url()).content.decode()
    it_is(2021, 5, 3)
    assert send(chair, url, **ASK | {"asked_for": "That a lead is named by May", "reason": "A slip"}).url
    report = ExceptionReport.objects.get()
    assert (report.asked_for, report.state) == ("That a lead is named by May", "waiting")
    page = words_of(sign_in("scrutineer").get(report.get_absolute_url()))
    assert "Changed on 3 May 2021" in page and "See what it said before" in page
    before = page.split("See what it said before")[1]
    assert "each agency names" in before and "is named by May" in before, "the old words and the new"
    history = words_of(sign_in("scrutineer").get("/scrutiny/changes/"))
    assert "changed the exception on 005" in history and "A slip" in history
    assert "Changed on 3 May 2021" in words_of(sign_in("management.chair").get("/exceptions/"))
    it_is(2021, 6, 9)  # papers closed the day before
    assert url not in chair.get(report.get_absolute_url()).content.decode()
    told = words_of(chair.get(url, follow=True))
    assert "It cannot be changed any more: its papers closed on 8 June 2021. It can be taken back." in told
    met()
    assert decide("grant", ExceptionReport.objects.get()).status_code == 302
    assert "cannot be changed any more: it is granted" in words_of(chair.get(url, follow=True))
    assert [str(finding) for finding in verify().findings] == []


def test_a_form_opened_before_papers_closed_comes_too_late(asked, sign_in, it_is):
    report = asked()
    chair, url = sign_in("cem.chair"), f"{report.get_absolute_url()}change/"
    form = form_of(chair.get(url)) | ASK | {"asked_for": "Another thing", "reason": "A slip"}
    it_is(2021, 6, 9)
    page = chair.post(url, form)
    assert page.status_code == 200 and "its papers closed on 8 June 2021" in page.content.decode()
    assert ExceptionReport.objects.get().asked_for == ASK["asked_for"]


def test_what_was_asked_after_papers_closed_is_not_changed_before_that_meeting(asked, it_is):
    it_is(2021, 6, 9)
    assert "its papers closed on 8 June 2021" in asked().why_not_changeable


def test_what_was_returned_can_be_changed_for_the_next_meeting(asked, met, decide, it_is):
    report = asked()
    met()
    decide("return", report)
    assert ExceptionReport.objects.get().why_not_changeable == ""
    it_is(2021, 9, 8)
    assert "its papers closed on 7 September 2021" in ExceptionReport.objects.get().why_not_changeable


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "This says the same as before."),
        ({"reason": ""}, "Fill in “Why it is changed”."),
        ({"cause": ""}, "Fill in “Cause”."),
        ({"cause": "--"}, "Say it in words."),
        ({"what": "x" * 10_001}, "10,000 characters or fewer"),
        ({"cause": "Spoke about 943 476 5919"}, "This looks like an NHS number"),
        ({"reason": "Spoke about 943 476 5919"}, "This looks like an NHS number"),
        (days(forecast=(31, 2, 2022)), "must be a real date"),
        (days(forecast=(31, 3, 2021)), "That is before the plan starts."),
    ],
)
def test_a_change_says_why_and_what(typed, message, asked, sign_in, send):
    report, head = asked(), Change.objects.last_number()
    url = f"{report.get_absolute_url()}change/"
    page = send(sign_in("cem.chair"), url, **ASK | {"reason": "A slip"} | typed)
    assert page.status_code == 200 and message in page.content.decode()
    assert Change.objects.last_number() == head


@pytest.mark.run_in("sqlite", "postgresql")  # a redaction
def test_what_was_taken_out_of_a_request_stays_so_while_it_is_changed(asked, sign_in, send):
    report = asked()
    with without_triggers():
        ExceptionReport._base_manager.filter(pk=report.pk).update(what=TOMBSTONE)
    change = ASK | {"what": "", "asked_for": "That a lead is named by May", "reason": "A slip"}
    assert send(sign_in("cem.chair"), f"{report.get_absolute_url()}change/", **change).status_code == 302
    report = ExceptionReport.objects.get()
    assert (report.what, report.asked_for) == (TOMBSTONE, "That a lead is named by May")


def test_a_new_date_is_changed_to_another_and_to_none_that_holds(sign_in, send, on_record, action):
    subject = action("005")
    subject.original_date = "2021-09-30"
    with on_record():
        subject.save()
    send(sign_in("cem.chair"), f"{AT}new-date/", **NEW_DATE)
    report = ExceptionReport.objects.get()
    url = f"{report.get_absolute_url()}change/"
    same = NEW_DATE | days(forecast=(30, 9, 2021)) | {"reason": "A slip"}
    assert (
        "That is the date of Action 005 already." in send(sign_in("cem.chair"), url, **same).content.decode()
    )
    send(sign_in("cem.chair"), url, **same | days(forecast=(31, 1, 2022)))
    assert str(ExceptionReport.objects.get().forecast) == "2022-01-31"
    assert Action.objects.get(ref="005").agreed_date is None


def test_who_may_change_a_request(asked, for_chair, sign_in, send, member):
    names = ("cem.chair", "cem.member", "qiip.chair", "management.chair", "business.manager", "scrutineer")

    def may(report):
        url = f"{report.get_absolute_url()}change/"
        return {name for name in names if sign_in(name).get(url).status_code == 200}

    assert may(asked("006", "qiip.chair")) == {"qiip.chair"}
    report = for_chair()
    assert may(report) == {"business.manager"}, "until the chair has said that it is so"
    changed = ASK | {"cause": "Nobody asked them", "reason": "A slip"}
    assert (
        send(sign_in("business.manager"), f"{report.get_absolute_url()}change/", **changed).status_code == 302
    )
    assert ExceptionReport.objects.get(pk=report.pk).asker_ids == set()
    say(sign_in("cem.chair"), report.steps.first(), send)
    assert may(report) == {"cem.chair"}


def test_a_chair_who_confirms_has_read_what_is_asked_now(for_chair, sign_in, send):
    report = for_chair()
    step, chair = report.steps.get(), sign_in("cem.chair")
    url = f"/decisions/{step.pk}/confirm/"
    assert ASK["asked_for"] in words_of(chair.get(url))
    form = form_of(chair.get(url))
    changed = ASK | {"cause": "Nobody asked them", "reason": "A slip"}
    send(sign_in("business.manager"), f"{report.get_absolute_url()}change/", **changed)
    assert "Somebody changed this while you were writing" in chair.post(url, form).content.decode()
    assert not Confirmation.objects.exists()


def test_a_meeting_does_not_decide_what_was_changed_after_it(asked, met, decide, sign_in, send, it_is):
    """Returned in June and changed since, it is for the next meeting, whatever is corrected of the last."""
    report = asked()
    met()
    decide("return", report)
    it_is(2021, 6, 20)
    changed = ASK | {"cause": "Nobody asked them", "reason": "As the group asked"}
    send(sign_in("cem.chair"), f"{report.get_absolute_url()}change/", **changed)
    assert "It has stood like this since 20 June 2021" in decide("correct", report).content.decode()
    assert ExceptionReport.objects.get().why_not_changeable == ""


def test_its_pages_are_in_plain_words(for_chair, asked, report, sign_in, send):
    raised, own, update = for_chair(), asked("006", "qiip.chair"), report("005", rating="green")
    chair, manager, address = sign_in("cem.chair"), sign_in("business.manager"), raised.get_absolute_url()
    send(manager, "/plans/2021-22/actions/005/nil-return/")
    nil = update.action.updates.first().pk
    step = raised.steps.get().pk
    assert "Confirm it" in words_of(chair.get(address))
    pages = {
        url: client.get(url).content.decode()
        for client, url in [
            (chair, address),
            (chair, f"/decisions/{step}/confirm/"),
            (chair, f"/decisions/{step}/not-so/"),
            (manager, f"{address}change/"),
            (sign_in("qiip.chair"), own.get_absolute_url()),
            (chair, f"/updates/{update.pk}/correct/"),
            (manager, f"/updates/{update.pk}/correct/"),
            (chair, f"/updates/{nil}/not-so/"),
            (chair, f"/updates/{nil}/confirm/"),
            (manager, f"{AT}completion/"),
            (manager, "/missing/"),
            (chair, "/due/"),
        ]
    }
    check_words(pages)
