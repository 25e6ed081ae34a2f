"""A draft that was begun by mistake is discarded: it leaves lists and switches, and stays on record."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from docx import Document

from actions.models import BusinessPlan, FurtherAction, ProgressUpdate
from gscp.record import Change
from gscp.record.looking_back import Past
from scrutiny.comparison import open_action_balance
from scrutiny.filters import ChangeFilter
from tests import test_plan_decisions
from tests.answers import words_of
from tests.conftest import form_of
from tests.factories import ActionFactory
from tests.test_plan_drafts import NEW, dated
from tests.test_sentences import last

pytestmark = pytest.mark.django_db
adopted, draft, june = test_plan_decisions.adopted, test_plan_decisions.draft, test_plan_decisions.june
DRAFT, GONE = "/plans/2022-23/", "/plans/2022-23-discarded/"
WHY = "The year was typed wrongly"


@pytest.fixture
def discarded(draft, it_is, manager, send):
    it_is(2021, 6, 15)
    assert send(manager, f"{DRAFT}discard/", reason=WHY).status_code == 302
    return BusinessPlan.objects.get(pk=draft.pk)


def test_it_leaves_lists_and_switches_and_says_what_it_is(draft, manager, sign_in, send, it_is):
    it_is(2021, 6, 15)
    assert f'href="{DRAFT}discard/"' in manager.get(DRAFT).content.decode()
    answer = manager.get(f"{DRAFT}discard/")
    assert "Discard the draft 2022-23" in words_of(answer)
    shown = manager.post(f"{DRAFT}discard/", form_of(answer) | {"reason": WHY}, follow=True)
    told = "The draft 2022-23 is discarded. Search still finds it. A new plan can have its short name."
    assert shown.redirect_chain == [(GONE, 302)] and told in words_of(shown)
    assert f'href="{GONE}"' in manager.get("/search/?q=2022-23").content.decode()
    assert last() == f"The Business Manager discarded a draft: the Business Plan 2022-23, because “{WHY}”."
    reader = sign_in("scrutineer")
    for page in ("/plans/", "/plans/2021-22/", "/plans/2021-22/glance/"):
        assert "2022-23" not in manager.get(page).content.decode(), page
    page = words_of(reader.get(GONE))
    assert "Discarded This draft was discarded on 15 June 2021." in page and f"Reason: {WHY}" in page
    assert "As drafted" in words_of(reader.get(f"{GONE}actions/1/"))
    assert "in a draft that was discarded" in words_of(reader.get(f"{GONE}actions/1/"))
    assert reader.get(DRAFT).status_code == 404


@pytest.mark.run_in("sqlite")  # words of a page
def test_a_draft_does_not_speak_of_a_title_as_published(draft, on_record, sign_in):
    with on_record("Its title goes"):
        subject = draft.actions.get()
        subject.title = ""
        subject.save()
    page = words_of(sign_in("scrutineer").get(f"{DRAFT}actions/1/"))
    assert "Title None" in page and "Published without" not in page


def test_nobody_can_change_it_any_more(discarded, manager, on_record):
    before = Change.objects.count()
    for page in (
        "edit/", "reorder/", "actions/new/", "actions/1/edit/", "actions/1/milestones/new/", "publish/",
        "import/", "bulk/?on=1", "end/", "close/",
    ):  # fmt: skip
        said = words_of(manager.get(f"{GONE}{page}", follow=True))
        assert "discarded" in said, page
        manager.post(f"{GONE}{page}", {"title": "Other", "reason": "Other"})
    assert Change.objects.count() == before
    for change in ({"status": "draft"}, {"status": "live"}, {"title": "Other"}):
        plan = BusinessPlan.objects.get(pk=discarded.pk)
        vars(plan).update(change)
        with pytest.raises(ValidationError, match="was discarded: it is kept as it is"), on_record():
            plan.save()
    one = discarded.actions.get()
    one.text = "Other"
    with pytest.raises(ValidationError, match="was discarded: it is kept as it is"), on_record():
        one.save()


def test_its_history_is_found_by_the_name_that_it_had(discarded, sign_in):
    page = words_of(sign_in("scrutineer").get("/scrutiny/changes/?plan=2022-23"))
    assert "discarded a draft: the Business Plan 2022-23" in page
    found = ChangeFilter({"plan": "2022-23"}, Change.objects.all()).qs
    assert set(found.values_list("plan", flat=True)) == {discarded.pk}, "it, and no other's"


@pytest.mark.run_in("sqlite")  # words of a page and a file
def test_nothing_is_reported_on_it_and_its_file_says_what_it_is(discarded, sign_in, on_record, user):
    update = ProgressUpdate(nil_return=True, entered_by=user("qiip.chair"))
    with pytest.raises(ValidationError, match="was discarded: it is kept as it is"), on_record():
        discarded.actions.get().record_update(update)
    answer = sign_in("scrutineer").get(f"{GONE}export.docx")
    assert "2022-23-discarded-draft" in answer["Content-Disposition"]
    texts = [paragraph.text for paragraph in Document(BytesIO(answer.content)).paragraphs]
    assert "A draft that was discarded: no meeting adopted it." in texts


def test_its_short_name_can_be_used_again_and_again(discarded, manager, send):
    assert send(manager, "/plans/new/", **dated(NEW)).status_code == 302
    assert "This plan is not published" in words_of(manager.get(DRAFT))
    send(manager, f"{DRAFT}discard/", reason=WHY)
    labels = set(BusinessPlan.objects.values_list("label", flat=True))
    assert {"2022-23-discarded", "2022-23-discarded-2"} <= labels and "2022-23" not in labels


def test_looking_back_it_is_a_draft_until_then(discarded, sign_in, it_is):
    it_is(2021, 6, 17)
    reader = sign_in("scrutineer")
    page = words_of(reader.get(f"/scrutiny/as-at/2021-06-14{DRAFT}"))
    assert "This plan is not published." in page
    assert "2022-23" in words_of(reader.get("/scrutiny/as-at/2021-06-14/plans/"))
    assert "This draft was discarded" in words_of(reader.get(f"/scrutiny/as-at/2021-06-16{GONE}"))
    assert "Draft" not in words_of(reader.get("/scrutiny/as-at/2021-06-16/plans/"))


def test_it_is_counted_nowhere(draft, manager, send, it_is, sign_in):
    it_is(2021, 6, 14)
    it_is(2021, 6, 15)
    send(manager, f"{DRAFT}discard/", reason=WHY)
    it_is(2021, 6, 17)
    balance = open_action_balance(Past.read("2021-06-14"), Past.read("2021-06-16"))
    lines = {label: number for label, number, _ in balance}
    assert lines["Open at the second moment"] == 6 and lines["Added to the plan"] == 0
    found = sign_in("scrutineer").get("/search/?q=2022-23").content.decode()
    assert "Discarded" in words_of(sign_in("scrutineer").get("/search/?q=2022-23"))
    assert f'href="{GONE}"' in found


@pytest.mark.run_in("sqlite")  # refused in Python
def test_while_an_adoption_waits_it_is_not_discarded(adopted, manager, send, on_record):
    said = words_of(manager.get(f"{DRAFT}discard/", follow=True))
    assert "Take that back first." in said
    assert f'href="{DRAFT}discard/"' not in manager.get(DRAFT).content.decode()
    manager.post(f"{DRAFT}discard/", {"reason": WHY})
    assert test_plan_decisions.status() == "draft"
    send(manager, f"{adopted.get_absolute_url()}take-back/", reason="It was another meeting")
    assert send(manager, f"{DRAFT}discard/", reason=WHY).status_code == 302
    assert BusinessPlan.objects.get(label="2022-23-discarded").is_discarded


@pytest.mark.run_in("sqlite")  # refused in Python
def test_nothing_is_imported_into_a_draft_that_waits_for_its_chair(adopted, manager):
    for page in ("import/", "import/record/"):
        said = words_of(manager.get(f"{DRAFT}{page}", follow=True))
        assert "The Management Group adopted these words." in said


@pytest.mark.run_in("sqlite")  # refused in Python
def test_what_other_plans_count_on_is_not_discarded(draft, manager, on_record, action):
    with on_record():
        further = FurtherAction(action=action("006"), text="Ask again", fate="taken_up")
        further.fate_on, further.fate_reason, further.taken_up_as = "2021-04-01", "So", draft.actions.get()
        further.save()
    said = words_of(manager.get(f"{DRAFT}discard/", follow=True))
    assert "It takes up further actions of another plan: 1. Say first what else becomes of those." in said


def test_a_further_action_of_its_own_is_no_reason_to_keep_it(draft, manager, send, on_record):
    with on_record():
        own = draft.actions.get()
        other = ActionFactory(plan=draft, driver=own.driver, group=own.group, ref="2")
        further = FurtherAction(action=own, text="Ask again", fate="taken_up", taken_up_as=other)
        further.fate_on, further.fate_reason = "2021-04-01", "So"
        further.save()
    assert send(manager, f"{DRAFT}discard/", reason=WHY).status_code == 302
    assert BusinessPlan.objects.get(pk=draft.pk).is_discarded


@pytest.mark.run_in("sqlite")  # refused in Python
def test_a_published_plan_is_not_discarded(manager, on_record, action):
    said = words_of(manager.get("/plans/2021-22/discard/", follow=True))
    assert "is published: only a draft is discarded" in said
    plan = action("006").plan
    plan.status = "discarded"
    with pytest.raises(ValidationError, match="only a draft is discarded"), on_record():
        plan.save()


def test_sent_twice_it_is_one_act(draft, manager, it_is):
    it_is(2021, 6, 15)
    answer = manager.get(f"{DRAFT}discard/")
    sent = form_of(answer) | {"reason": WHY}
    manager.post(f"{DRAFT}discard/", sent)
    before = Change.objects.count()
    again = manager.post(f"{DRAFT}discard/", sent, follow=True)
    assert "Business Plan 2022-23-discarded was discarded" in words_of(again)
    assert Change.objects.count() == before
    assert manager.get("/plans/2030-31/discard/").status_code == 404
