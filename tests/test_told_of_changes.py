"""Whom pages tell of a slip, of an agreed change, and of a decision that its chair has not confirmed."""

import csv
import io
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import ExceptionReport, PlanDecision
from actions.models.who import assign, owners_of
from actions.views.shared import attach_last_decisions
from subgroups.models import Post
from tests import test_amendments
from tests.answers import html_of, words_of
from tests.conftest import AGENDA, ASK
from tests.test_every_page import check_words, wrong_markup
from tests.test_plan_decisions import june  # noqa: F401  a fixture

# Once: the pages are Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AT_005 = "/plans/2021-22/actions/005/"
AT_006 = "/plans/2021-22/actions/006/"
UNCONFIRMED = "Not confirmed by the chair yet."
words, agreed = test_amendments.words, test_amendments.agreed


def content(client, address: str) -> str:
    return b"".join(client.get(address)).decode("utf-8-sig")


@pytest.fixture
def slip(words, manager, send, action):
    def corrected(**typed):
        sent = words | {"kind": "slip", "title": f"{action('006').title} again"} | typed
        assert send(manager, f"{AT_006}edit/", **sent).status_code == 302

    return corrected


@pytest.fixture
def due(sign_in):
    return lambda name: words_of(sign_in(name).get("/due/"))


def test_the_chair_is_told_of_a_slip_for_thirty_days(slip, due, sign_in, it_is, tmp_path):
    it_is(2021, 6, 10)
    slip()
    said = "The Business Manager corrected a slip in 006 of 2021-22 on 10 June 2021: title."
    assert said in due("qiip.chair").split("Changed in the last 30 days")[1]
    assert "corrected a slip" not in due("cem.chair"), "it is not theirs"
    page = html_of(sign_in("qiip.chair").get("/due/"))
    assert f'href="{AT_006}#amended"' in page
    check_words({"due": page})
    assert wrong_markup({"due": page}, tmp_path) == []
    for day, is_told in ((10, True), (11, False)):
        it_is(2021, 7, day)
        assert (said in due("qiip.chair")) is is_told


def test_who_leads_an_action_is_told_too(slip, due, action, on_record):
    with on_record():
        assign(action("006"), [Post.objects.get(name="Resolution Group Chair")], owners_of(action("006")))
    slip(leads=[Post.objects.get(name="Resolution Group Chair").pk])
    assert "corrected a slip in 006" in due("resolution.chair")


def test_a_change_is_told_once_it_is_in_force(agreed, due, sign_in, send, action, it_is):
    other = "low" if action("006").priority != "low" else "high"
    agreed(priority=other, text="A new text")
    assert "agreed a change" not in due("qiip.chair"), "it waits"
    it_is(2021, 6, 17)
    decision = PlanDecision.objects.get()
    assert send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/").status_code == 302
    said = (
        "The Management Group agreed a change of 006 of 2021-22 : wording, priority. In force since 17 June"
    )
    assert said in due("qiip.chair")
    assert "agreed a change" not in due("cem.chair")


def test_it_takes_as_many_queries_for_any_number_of_changes(slip, due):
    numbers = []
    for times in (1, 3):
        for _ in range(times):
            slip()
        with CaptureQueriesContext(connection) as captured:
            due("qiip.chair")
        numbers.append(sum("amend" in query["sql"] for query in captured))
    assert numbers[0] == numbers[1] > 0


@pytest.fixture
def at_june(asked, june):  # noqa: F811  the fixture
    return asked("005")


def test_a_decision_that_its_chair_has_not_confirmed_says_so_wherever_it_stands(
    at_june, decide, sign_in, send, it_is
):
    assert decide("grant", at_june, by="business.manager").status_code == 302
    chair = sign_in("cem.chair")

    def told(page):
        return words_of(chair.get(page)).count(UNCONFIRMED)

    pages = {
        AT_005: 2,
        "/exceptions/reports/": 1,
        "/meetings/management-group/2021-06-15/": 2,  # among the decisions, and off plan
        f"{AT_005}lineage/": 1,
        "/due/": 2,
    }
    assert {page: told(page) for page in pages} == pages
    assert "granted, Management Group, 15 June 2021 Not confirmed" in words_of(chair.get(AT_005))
    saved = b"".join(chair.get("/exceptions/reports/export.csv")).decode()
    assert "granted (not confirmed by the chair yet): As discussed" in saved
    step = at_june.steps.latest("pk")
    assert send(sign_in("management.chair"), f"/decisions/{step.pk}/confirm/").status_code == 302
    assert {page: told(page) for page in pages} == dict.fromkeys(pages, 0)


@pytest.mark.usefixtures("june")
def test_a_file_says_what_its_chair_denied_of_a_decision(decide, sign_in, send, on_record, action):
    with on_record():
        subject = action("005")
        subject.original_date = date(2021, 9, 30)
        subject.save()
    new_date = {"cause": "No leads", "effect": "They wait", "recovery": "Ask"}
    day = {"forecast-day": "31", "forecast-month": "12", "forecast-year": "2021"}
    chair, above = sign_in("cem.chair"), sign_in("management.chair")
    assert send(chair, f"{AT_005}new-date/", **new_date, **day).status_code == 302
    report = ExceptionReport.objects.get()
    assert decide("grant", report, by="business.manager").status_code == 302

    def of_005() -> str:
        rows = csv.DictReader(io.StringIO(content(chair, "/plans/2021-22/export.csv")))
        return next(row["Not Confirmed"] for row in rows if row["#"] == "005")

    assert of_005() == "A decision was entered for the chair, and is not confirmed yet."
    step = report.steps.latest("pk")
    assert send(above, f"/decisions/{step.pk}/not-so/", why="We refused it").status_code == 302
    assert of_005() == "The chair says that a decision is not so as it was entered."
    told = "granted (the chair says this is not so: We refused it): As discussed"
    assert told in content(chair, "/exceptions/reports/export.csv")


def test_a_file_says_what_its_chair_says_of_a_request_entered_for_them(sign_in, send, june):  # noqa: F811  the fixture
    manager, chair = sign_in("business.manager"), sign_in("cem.chair")
    assert send(manager, f"{AT_005}exception/", **ASK).status_code == 302
    step = ExceptionReport.objects.get().steps.get()
    file = "/exceptions/reports/export.csv"
    assert "With the Management Group (not confirmed by the chair yet)" in content(chair, file)
    assert send(chair, f"/decisions/{step.pk}/not-so/", why="I asked for nothing").status_code == 302
    assert "Taken back (the chair says this is not so: I asked for nothing)" in content(chair, file)


def test_what_was_done_is_in_the_file_with_who_it_waits_for(at_june, decide, sign_in, send):
    assert decide("grant", at_june).status_code == 302
    manager, chair = sign_in("business.manager"), sign_in("cem.chair")
    assert send(manager, f"{at_june.get_absolute_url()}done/", reason="The lead was named").status_code == 302
    [row] = csv.DictReader(io.StringIO(content(chair, "/exceptions/reports/export.csv")))
    assert row["What Was Done"] == "15 June 2021 (not confirmed by the chair yet): The lead was named"
    assert row["With"] == ""


def test_an_escalation_that_its_chair_has_not_confirmed_says_so_and_its_day_once(at_june, decide, sign_in):
    assert decide("escalate", at_june, by="business.manager").status_code == 302
    page = words_of(sign_in("executive").get("/decisions/"))
    assert "As discussed Management Group, 15 June 2021 Not confirmed by the chair yet." in page


@pytest.mark.parametrize("kind", ["completion", "withdrawal"])
def test_who_may_not_grant_the_end_of_high_priority_reads_why(kind, june, sign_in, send, on_record, action):  # noqa: F811
    with on_record():
        subject = action("005")
        subject.priority = "high"
        subject.save()
    typed = {"what": "All is done", "evidence": "https://example.org/minutes", "impact": "None waits"}
    typed = typed if kind == "completion" else {"cause": "Another plan has it", "effect": "None"}
    assert send(sign_in("cem.chair"), f"{AT_005}{kind}/", **typed).status_code == 302
    report = ExceptionReport.objects.get(kind=kind)
    form = sign_in("management.chair").get(f"{AGENDA}decide/{report.pk}/")
    assert "The action is of High priority: only a group above can grant this." in words_of(form)
    assert "Grant it" not in words_of(form)


def test_a_form_on_which_it_can_be_granted_says_nothing_of_that(at_june, sign_in):
    form = words_of(sign_in("management.chair").get(f"{AGENDA}decide/{at_june.pk}/"))
    assert "Grant it" in form and "only a group above" not in form


def test_a_decision_names_its_actions_in_its_heading_and_when_it_is_confirmed(agreed, sign_in, send):
    decision, chair = agreed(text="A new text"), sign_in("management.chair")
    url = decision.get_absolute_url()
    assert '<h1 class="govuk-heading-l">Change of the plan: 006 of 2021-22</h1>' in html_of(chair.get(url))
    banner = words_of(chair.get(send(chair, f"{url}confirm/").url))
    assert "Change of the plan: 006 of 2021-22: confirmed. It is in force." in banner


def test_a_nil_return_keeps_what_was_said_before_it(report, it_is, sign_in):
    it_is(2021, 6, 7)
    report("005", rating="green", done="Met all six")
    it_is(2021, 6, 8)
    report("005", nil_return=True, done="", difference="")
    page = words_of(sign_in("cem.chair").get(AT_005))
    assert "8 June 2021 Nil return. Before that, 7 June 2021: Met all six" in page


def test_what_was_decided_last_is_what_was_granted_or_refused_and_stands(
    at_june, decide, sign_in, send, action
):
    def last():
        one = action("005")
        attach_last_decisions([one])
        return one.last_decision and (one.last_decision.report, one.last_decision.to_state)

    assert decide("return", at_june).status_code == 302
    assert last() is None, "a question is no decision"
    chair = sign_in("cem.chair")
    assert send(chair, f"{at_june.get_absolute_url()}answer/", reason="Two").status_code == 302
    assert decide("grant", at_june).status_code == 302
    assert last() == (at_june, "granted")
    withdrawal = {"cause": "Another body does it", "effect": "None"}
    assert send(chair, f"{AT_005}withdrawal/", **withdrawal).status_code == 302
    second = ExceptionReport.objects.get(kind="withdrawal")
    assert decide("escalate", second).status_code == 302
    assert last() == (at_june, "granted"), "an escalation is no decision"
    assert send(chair, f"{second.get_absolute_url()}take-back/", reason="Not now").status_code == 302
    assert last() == (at_june, "granted")
    page = words_of(sign_in("executive").get("/exceptions/"))
    assert "Last decided: exception report, granted by the Management Group on 15 June 2021" in page
    assert decide("correct", at_june).status_code == 302
    assert last() is None, "it is asked again"
