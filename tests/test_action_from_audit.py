"""What an audit found becomes an action: a meeting adds it to a published plan, a draft has it at once."""

from datetime import date

import pytest
from django.urls import reverse

from actions.models import BusinessPlan, PlanDecision, StrategicDriver
from subgroups.models import Audit, Group
from tests.answers import words_of
from tests.test_additions import typed  # noqa: F401  a fixture
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_plan_drafts import NEW, dated

pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
REGISTER = reverse("register", args=["qiip"])


@pytest.fixture
def audit(june, on_record):  # noqa: F811  the fixture
    with on_record("Planned"):
        audit = Audit(group=Group.objects.get(slug="qiip"), focus="Neglect", planned_for=date(2021, 5, 1))
        audit.save()
    return audit


@pytest.fixture
def done(audit, on_record):
    with on_record("It was done"):
        audit.done_on, audit.sample_size = date(2021, 5, 20), "6"
        audit.findings = "Three referrals had no reply"
        audit.save()
    return audit


@pytest.fixture
def add(done):
    return reverse("action_from_audit", args=["2021-22", done.pk])


def test_what_was_not_done_found_nothing(audit, manager):
    assert manager.get(reverse("action_from_audit", args=["2021-22", audit.pk])).status_code == 404
    assert "Add an action" not in words_of(manager.get(REGISTER))
    assert "audit" not in manager.get(reverse("action_new", args=["2021-22"])).context["form"].fields


def test_it_is_the_business_managers_to_add(add, sign_in, manager):
    chair = sign_in("qiip.chair")
    assert "Add an action" not in words_of(chair.get(REGISTER)) and chair.get(add).status_code == 403
    assert "Add an action to 2021-22 for: Neglect" in words_of(manager.get(REGISTER))


def test_a_meeting_adds_it_to_a_published_plan(add, typed, done, sign_in, manager, send):  # noqa: F811  the fixture
    form = manager.get(add).context["form"]
    assert form["text"].value() == "Three referrals had no reply"
    assert (form["group"].value(), form["audit"].value()) == (done.group_id, done.pk)
    from_audit = {name: form[name].value() for name in ("audit", "driver_kind", "driver_text")}
    assert send(manager, add, **typed | {"driver": ""} | from_audit).status_code == 302
    chair = sign_in("qiip.chair")
    assert "New action 007 of 2021-22 : proposed" in words_of(chair.get(REGISTER))
    decision = PlanDecision.objects.get().get_absolute_url()
    assert "Comes from Audit: Neglect" in words_of(chair.get(decision))
    assert send(sign_in("management.chair"), f"{decision}confirm/").status_code == 302
    action = done.actions.get()
    assert (action.ref, action.driver.kind, action.driver.text) == ("007", "audit", "Audit: Neglect")
    assert "Comes from Audit: Neglect" in words_of(chair.get(action.get_absolute_url()))
    page = words_of(chair.get(REGISTER))
    assert "Action 007 of 2021-22 : not started" in page and "proposed" not in page


def test_a_draft_has_it_at_once_and_a_copy_of_it_keeps_it(done, manager, send, on_record):
    assert send(manager, "/plans/new/", **dated(NEW)).status_code == 302
    draft = BusinessPlan.objects.get(label="2022-23")
    with on_record("A driver"):
        driver = StrategicDriver(plan=draft, kind="audit", text="Neglect")
        driver.save()
    new = reverse("action_from_audit", args=["2022-23", done.pk])
    form = manager.get(new).context["form"]
    filled = {name: form[name].value() for name in ("ref", "text", "group", "audit")}
    assert send(manager, new, **filled, driver=driver.pk, reason="As the audit asks").status_code == 302
    assert done.actions.get().plan == draft
    later = NEW | {"label": "2023-24", "first_day": "2023-04-01", "last_day": "2024-03-31"}
    assert send(manager, "/plans/new/", **dated(later), copy_from=draft.pk).status_code == 302
    assert [action.plan.label for action in done.actions.order_by("pk")] == ["2022-23", "2023-24"]
    page = words_of(manager.get(REGISTER))
    assert "Action 001 of 2023-24 : not started" in page and "Add an action to 2023-24 for: Neglect" in page
