"""Another plan or another form comes to stand at an address: what was typed is not taken for that one's."""

import pytest

from actions.models import BusinessPlan, PlanDecision, StrategicDriver, Theme
from gscp.drafts import Draft
from gscp.record import Change
from tests import test_plan_decisions
from tests.answers import html_of, words_of
from tests.conftest import form_of
from tests.factories import draft_plan
from tests.test_every_page import check_words
from tests.test_plan_drafts import errors_of
from tests.test_typed_text import sealed_in, signs_in

# Once: forms and what is kept of them; nothing here is asked of the database in its own way.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
draft, june = test_plan_decisions.draft, test_plan_decisions.june
DRAFT = "/plans/2022-23/"
NEW = f"{DRAFT}actions/new/"
OF_ANOTHER = "You opened this page for another form, which stood at this address then."
WORDS = {"text": "Agree who answers at night", "reason": "From the away day"}
SAVE = {"save_draft": "1"}


@pytest.fixture
def discard_and_begin_anew(manager, send, on_record, draft):
    def anew():
        assert send(manager, f"{DRAFT}discard/", reason="The year was typed wrongly").status_code == 302
        with on_record("Begun anew"):
            plan = draft_plan("2022-23")
            StrategicDriver(plan=plan, kind="audit", text="The audit of front doors").save()
        return plan

    return anew


@pytest.fixture
def publish(draft, june, manager, sign_in, send):
    def published():
        send(manager, f"{DRAFT}publish/", meeting=june.pk, reason="Adopted as drafted")
        decision = PlanDecision.objects.get()
        send(sign_in("management.chair"), f"{decision.get_absolute_url()}confirm/")
        assert BusinessPlan.objects.get(pk=draft.pk).is_live

    return published


@pytest.mark.parametrize(
    ("address", "model", "typed"),
    [
        ("drivers/new/", StrategicDriver, {"kind": "audit", "text": "The audit of night cover"}),
        ("themes/new/", Theme, {"text": "Nights", "position": "1"}),
        ("actions/new/", None, WORDS),
        ("edit/", None, {"title": "The plan of nights"}),
    ],
)
def test_a_form_of_a_discarded_draft_writes_nothing_in_the_next_one_of_its_name(
    address, model, typed, manager, discard_and_begin_anew
):
    stale = form_of(manager.get(DRAFT + address)) | {"reason": "From the away day"} | typed
    plan = discard_and_begin_anew()
    before = Change.objects.count()
    refused = manager.post(DRAFT + address, stale)
    assert OF_ANOTHER in errors_of(refused) and Change.objects.count() == before
    if model:
        assert typed["text"] in html_of(refused), "nothing that was typed is lost"
        again = manager.post(DRAFT + address, stale | form_of(refused))
        assert again.status_code == 302 and model.objects.get(text=typed["text"]).plan == plan


def test_a_draft_that_was_saved_comes_back_in_its_own_form_alone(manager, publish):
    in_draft = manager.get(NEW)
    assert "Finish it later" in words_of(in_draft) and "Save as draft" not in words_of(in_draft)
    kept = manager.post(NEW, form_of(in_draft) | WORDS | SAVE, headers={"accept": "application/json"})
    assert kept.json()["said"].startswith("Kept for you to finish. Saved on 15 June 2021, ")
    assert WORDS["text"] in html_of(manager.get(NEW))
    publish()
    page = manager.get(NEW)
    assert "Meeting that agreed it" in words_of(page)
    assert f"{WORDS['text']}</textarea>" not in html_of(page)
    told = (
        "The form you typed it into is not here now, or it asks something else. "
        "It is not recorded. Copy what you need."
    )
    assert f"{told} {WORDS['text']}" in words_of(page)
    mark = Draft.objects.get().mark

    # The next one is saved beside it, and each is discarded for itself.
    other = WORDS | {"text": "Agree who answers at weekends"}
    said = manager.post(NEW, form_of(page) | other | SAVE, headers={"accept": "application/json"}).json()
    assert said["said"].startswith("Saved as a draft")
    page = manager.get(NEW)
    assert f"{told} {WORDS['text']}" in words_of(page)
    assert f"{other['text']}</textarea>" in html_of(page)
    assert manager.post(NEW, {"discard": mark}).url == NEW
    page = manager.get(NEW)
    assert told not in words_of(page) and f"{other['text']}</textarea>" in html_of(page)
    manager.post(NEW, {"discard": "1"})
    assert Draft.objects.count() == 0


def test_while_its_form_is_locked_a_draft_is_shown_to_be_copied(manager, draft, june, send):
    manager.post(NEW, form_of(manager.get(NEW)) | WORDS | SAVE)
    send(manager, f"{DRAFT}publish/", meeting=june.pk, reason="Adopted as drafted")
    page = manager.get(NEW)
    assert page.status_code == 200 and WORDS["text"] in words_of(page)
    assert "Not in force until the chair of the Management Group confirms it" in words_of(page)
    check_words({NEW: page.content.decode()})
    assert manager.post(NEW, {"discard": Draft.objects.get().mark}).status_code == 302
    assert Draft.objects.count() == 0 and manager.get(NEW).status_code == 302


def test_a_draft_at_an_address_where_no_plan_is_any_more_is_shown_to_its_writer_alone(
    manager, send, draft, sign_in
):
    manager.post(NEW, form_of(manager.get(NEW)) | WORDS | SAVE)
    assert send(manager, f"{DRAFT}discard/", reason="The year was typed wrongly").status_code == 302
    page = manager.get(NEW)
    assert page.status_code == 404 and WORDS["text"] in words_of(page)
    other = sign_in("cem.chair").get(NEW)
    assert other.status_code == 404 and WORDS["text"] not in words_of(other)
    assert manager.post(NEW, {"discard": Draft.objects.get().mark}).url == "/"
    assert Draft.objects.count() == 0 and "Page not found" in words_of(manager.get(NEW))


def test_a_draft_that_was_saved_does_not_come_back_in_another_plan(manager, discard_and_begin_anew):
    manager.post(NEW, form_of(manager.get(NEW)) | WORDS | SAVE)
    discard_and_begin_anew()
    page = manager.get(NEW)
    assert f"{WORDS['text']}</textarea>" not in html_of(page) and WORDS["text"] in words_of(page)


def test_a_page_that_is_open_saves_no_draft_of_another_form(manager, publish):
    opened = form_of(manager.get(NEW)) | WORDS | SAVE
    publish()
    asked = manager.post(NEW, opened, headers={"accept": "application/json"}).json()
    assert OF_ANOTHER in asked["said"]
    answer = manager.post(NEW, opened)
    assert answer.status_code == 200 and OF_ANOTHER in errors_of(answer)
    assert WORDS["text"] in html_of(answer) and Draft.objects.count() == 0


def test_what_was_typed_before_signing_in_again_comes_back_and_says_where_it_was_typed(manager, publish):
    opened = form_of(manager.get(NEW)) | WORDS
    manager.post("/sign-out/")
    sealed = sealed_in(manager.post(NEW, opened))
    assert signs_in(manager, "business.manager", sealed).url == NEW
    assert "This is what you typed before. It is not recorded yet" in words_of(manager.get(NEW))
    publish()
    page = words_of(manager.get(NEW))
    assert WORDS["text"] in page, "it was promised that it is not lost"
    assert "into another form at this address. It is not recorded yet: check that it belongs here." in page
