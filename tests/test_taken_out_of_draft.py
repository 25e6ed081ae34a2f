"""An action is taken out of a draft: it leaves the plan, its lists and its numbers, and stays on record."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions import findings, uploaded
from actions.models import Action, BusinessPlan, FurtherAction, PlanDecision
from actions.models.plan_decision import left_before_closing
from actions.uploaded import read_upload
from gscp.record import Change
from scrutiny import plan_checker
from scrutiny.proof import export, plans
from tests import test_year_end
from tests.answers import html_of, words_of
from tests.conftest import form_of
from tests.factories import ActionFactory, draft_plan
from tests.test_importing import choose, published_rows, record
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_sentences import last
from tests.test_year_end import NEXT, PLAN, of_next
from tests.test_year_end_copied import make_copy

# Once: forms and pages of plans; what is refused, in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
end, confirm, none_high = test_year_end.end, test_year_end.confirm, test_year_end.none_high
WHY = "It was withdrawn"
OUT = f"{NEXT}actions/001/take-out/"


@pytest.fixture
def copy(manager, it_is):
    it_is(2021, 6, 15)
    make_copy(manager)
    return of_next("001")


@pytest.fixture
def gone(copy, manager, send):
    assert send(manager, OUT, reason=WHY).status_code == 302
    return Action.on_record.get(pk=copy.pk)


@pytest.fixture
def publish(manager, send, confirm, june):  # noqa: F811  the fixture
    def published():
        assert send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted").status_code == 302
        return confirm()

    return published


@pytest.mark.run_in("sqlite", "postgresql")  # SQL of what leaves the lists
def test_it_leaves_the_draft_and_says_what_it_is(copy, manager, sign_in, it_is):
    assert f'href="{OUT}"' in html_of(manager.get(f"{NEXT}actions/001/"))
    assert f'href="{OUT}"' not in html_of(sign_in("executive").get(f"{NEXT}actions/001/"))
    form = manager.get(OUT)
    assert "Take 001 out of the draft" in words_of(form)
    shown = manager.post(OUT, form_of(form) | {"reason": WHY}, follow=True)
    told = words_of(shown)
    assert shown.redirect_chain == [(NEXT, 302)]
    assert "001 is taken out of the draft. It stays on record." in told and "5 actions." in told
    assert last() == f"The Business Manager took 001 out of the draft of 2022-23, because “{WHY}”."
    plan = copy.plan
    assert [one.ref for one in plan.actions.all()] == ["002", "003", "004", "005", "006"]
    reader = sign_in("scrutineer")
    words = "GSCP Resolution Group"
    assert words in words_of(reader.get(PLAN)), "what it was copied from stays"
    for page in (NEXT, f"{NEXT}glance/", f"{NEXT}export.csv", f"{NEXT}publish/", f"{NEXT}reorder/"):
        answer = manager.get(page)
        assert answer.status_code == 200 and words not in answer.content.decode("utf-8-sig"), page
    found = html_of(reader.get("/search/?q=resolution+group"))
    assert f"{PLAN}actions/001/" in found and f"{NEXT}actions/001/" not in found
    page = words_of(reader.get(f"{NEXT}actions/001/"))
    assert "Taken out of the draft" in page and f"Reason: {WHY}" in page and words in page
    assert "It was taken out on 15 June 2021." in page and "As drafted" in page
    history = words_of(reader.get("/scrutiny/changes/?plan=2022-23&action=001+(taken+out)"))
    assert "took 001 out of the draft of 2022-23" in history


def test_what_was_asked_of_it_is_not_there_any_more(gone, manager, on_record):
    before = Change.objects.count()
    for page in ("edit/", "milestones/new/", "further-actions/new/", "dates/", "review/"):
        assert manager.get(f"{NEXT}actions/001/{page}").status_code == 404, page
    assert "it is in the draft no more" in words_of(manager.get(OUT, follow=True))
    for values in ({"status": "not_started"}, {"text": "Other"}):
        row = Action.on_record.get(pk=gone.pk)
        vars(row).update(values)
        with pytest.raises(ValidationError, match="was taken out of the draft"), on_record():
            row.save()
    assert Change.objects.count() == before


def test_sent_twice_it_is_one_act(copy, manager):
    sent = form_of(manager.get(OUT)) | {"reason": WHY}
    manager.post(OUT, sent)
    before = Change.objects.count()
    manager.post(OUT, sent, follow=True)
    assert Change.objects.count() == before


@pytest.mark.run_in("sqlite", "postgresql")
def test_its_number_can_be_used_again_and_again(gone, manager, send, on_record):
    for address in ("001-2", "001-3"):
        with on_record():
            like = of_next("002")
            new = ActionFactory(plan=like.plan, driver=like.driver, group=like.group, ref="001")
        assert new.slug == address
        send(manager, f"{NEXT}actions/{address}/take-out/", reason=WHY)
    refs = Action.on_record.filter(plan=gone.plan).values_list("ref", flat=True)
    assert {"001 (taken out)", "001 (taken out)-2", "001 (taken out)-3"} < set(refs)
    assert BusinessPlan.objects.get(pk=gone.plan_id).next_ref == "007"


def test_looking_back_it_is_in_the_draft_until_then(gone, sign_in, it_is):
    it_is(2021, 6, 17)
    reader = sign_in("scrutineer")
    at = f"/scrutiny/as-at/{Change.objects.filter(act=gone.change.act).earliest('number').number - 1}"
    assert "GSCP Resolution Group" in words_of(reader.get(f"{at}{NEXT}"))
    assert "in a draft: not published" in words_of(reader.get(f"{at}{NEXT}actions/001/"))
    assert "GSCP Resolution Group" not in words_of(reader.get(f"/scrutiny/as-at/2021-06-16{NEXT}"))


def test_a_file_that_still_has_it_adds_it_anew(manager, on_record, send, monkeypatch):
    monkeypatch.setattr(uploaded, "start_process", read_upload)
    with on_record():
        plan = draft_plan("2022-23")
    choose(manager, published_rows())
    record(manager)
    send(manager, OUT, reason=WHY)
    assert "1 action would be added and 0 changed. 5 stay as they are." in words_of(
        choose(manager, published_rows())
    )
    record(manager)
    assert [one.ref for one in plan.actions.all()] == ["001", "002", "003", "004", "005", "006"]
    assert of_next("001").slug == "001-2"


@pytest.mark.parametrize("state", ["waits", "in force"])
def test_what_an_earlier_action_goes_on_in_stays(state, copy, end, confirm, manager):
    assert end(["001"], "carried_forward", plan=copy.plan_id).status_code == 302
    if state == "in force":
        confirm()
    stays(manager, "A meeting decided that 001 of 2021-22 goes on in it. So it stays.")


@pytest.mark.usefixtures("none_high")
def test_so_does_what_another_is_merged_into_until_that_is_taken_back(copy, end, manager, send):
    assert end(["005"], "merged", into=copy.pk).status_code == 302
    stays(manager, "A meeting decided that 005 of 2021-22 goes on in it. So it stays.")
    send(manager, f"{PlanDecision.objects.get().get_absolute_url()}take-back/", reason="A slip")
    assert send(manager, OUT, reason=WHY).status_code == 302
    assert not copy.plan.actions.filter(pk=copy.pk).exists()


def test_so_does_what_takes_up_a_further_action(copy, manager, action, on_record):
    with on_record():
        further = FurtherAction(action=action("006"), text="Ask again", fate="taken_up", taken_up_as=copy)
        further.fate_on, further.fate_reason = "2021-04-01", "So"
        further.save()
    stays(manager, "It takes up a further action of 006 of 2021-22. Say first what else becomes of that.")


def test_so_does_all_of_a_draft_that_a_meeting_adopted(copy, manager, send, june, confirm, on_record):  # noqa: F811
    assert send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted").status_code == 302
    stays(manager, "The Management Group adopted it.")
    confirm()
    stays(manager, "is published: actions are taken out of a draft only.")
    live = of_next("001")
    live.status = "discarded"
    with pytest.raises(ValidationError, match="is no draft: actions are taken out"), on_record():
        live.save()


def stays(manager, why):
    page = f"{NEXT}actions/001/"
    assert f'href="{OUT}"' not in html_of(manager.get(page))
    before = Change.objects.count()
    assert why in words_of(manager.get(OUT, follow=True))
    manager.post(OUT, {"reason": WHY})
    assert Change.objects.count() == before and of_next("001").is_open


@pytest.mark.run_in("sqlite", "postgresql")  # SQL of what live plans have
def test_once_the_plan_is_live_it_is_counted_nowhere(copy, manager, send, publish, on_record):
    with on_record():
        FurtherAction(action=copy, text="Ask again").save()
    send(manager, OUT, reason=WHY)
    assert publish().status_code == 302
    plan = BusinessPlan.objects.get(label="2022-23")
    assert plan.is_live
    assert copy.pk not in {row.action for row in findings.of_live_plans()}
    assert "Taken out" not in html_of(manager.get("/exceptions/"))
    assert not any("further actions of these actions: 001" in one for one in left_before_closing(plan))
    assert copy.pk not in {one.action_id for one in FurtherAction.objects.left()}
    assert "As drafted" in words_of(manager.get(f"{NEXT}actions/001/"))
    assert plan_checker.check(export.lines()) == [] and list(plans.findings()) == []


def test_in_a_published_plan_no_action_becomes_so(copy, publish, monkeypatch, on_record):
    publish()
    monkeypatch.setattr(Action, "clean", lambda self: None)
    with on_record():
        live = of_next("001")
        live.status = "discarded"
        live.save()
    told = "it became “discarded”, and no decision in force says so."
    assert any(told in one for one in plan_checker.check(export.lines()))
    assert any("discarded" in str(one).lower() or "“Taken out" in str(one) for one in plans.findings())


def test_a_reader_between_two_meetings_sees_that_it_left(copy, manager, send, sign_in, it_is):
    it_is(2021, 6, 17)
    send(manager, OUT, reason=WHY)
    it_is(2021, 6, 19)
    compared = "/scrutiny/compare/?since=2021-06-16T10:00&until=2021-06-18T10:00"
    page = words_of(sign_in("scrutineer").get(compared))
    assert "001 (taken out)" in page


def test_queries_do_not_grow_with_the_actions_that_wait_to_go_on(copy, end, manager):
    def queries():
        with CaptureQueriesContext(connection) as made:
            manager.get(f"{NEXT}actions/006/")
        return len(made)

    end(["001"], "carried_forward", plan=copy.plan_id)
    queries()
    before = queries()
    end(["002", "003", "004"], "carried_forward", plan=copy.plan_id)
    queries()
    assert queries() == before
