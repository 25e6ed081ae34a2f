"""Verification finds what was changed behind the forms of a published plan, beside its words."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from actions.models import (
    Action,
    ActionLead,
    Amendment,
    BusinessPlan,
    FurtherAction,
    Milestone,
    OtherColumn,
    Ownership,
    PlanDecision,
    StrategicDriver,
    Theme,
)
from actions.models.last_word import BY_A_MEETING
from actions.models.who import owners_of
from gscp.record import recording
from scrutiny import plan_checker
from scrutiny.proof import export, plans
from scrutiny.proof.plan_rules import NEW, RULES
from subgroups.models import Audit, Group, Meeting, Partner, Post
from tests.factories import ActionFactory, close_plan, draft_plan, in_force
from tests.test_additions import confirmed, decision, enter, typed  # noqa: F401  fixtures
from tests.test_amendments import AT_006, words  # noqa: F401  fixtures
from tests.test_housekeeping import AT_005, day
from tests.test_plan_decisions import june  # noqa: F401  fixtures
from tests.test_verification_plans import found

# ruff: noqa: F811  fixtures are named like what they give
pytestmark = pytest.mark.django_db
# Columns that change by housekeeping or by reports; what a record is part of never changes.
FREE = {
    Action: {"rating", "review_date"},
    BusinessPlan: {"status"},  # tests/test_verification_plans.py
    FurtherAction: {"fate", "fate_on", "fate_reason", "taken_up_as"},
    Milestone: {"done_on"},
}
DAY, LATER = date(2021, 12, 1), date(2022, 1, 1)


@pytest.fixture
def as_manager(user):
    """with as_manager(): tracked models may be saved here, by the Business Manager and by no form."""
    return lambda: recording(user("business.manager"), "Behind the forms")


@pytest.fixture
def behind(as_manager):
    """behind(row, text="Other") saves it as no form does; everything that the record keeps fits."""

    def saved(row, **values):
        with as_manager():
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
        return row

    return saved


@pytest.fixture
def parts(action, on_record, report):
    """By class a record of each kind that belongs to a published plan, as it was loaded."""
    subject = new_action(action, original_date=DAY)
    with on_record("Loaded"):
        subject.save()
        rows = [
            ActionLead(action=subject, post=Post.objects.get(name="QiiP Subgroup Chair")),
            Ownership(action=subject, partner=Partner.objects.get(kind="police")),
            Theme(plan=subject.plan, text="A theme", position=1),
            Milestone(action=subject, text="The first step", due=DAY),
            FurtherAction(action=subject, text="The next step"),
            OtherColumn(action=subject, heading="Cost", text="None"),
        ]
        for row in rows:
            row.save()
    report(subject.ref, rating="green")
    rows += [Action.objects.get(pk=subject.pk), subject.driver, subject.plan]
    return {type(row): row for row in rows}


def new_action(action, **values) -> Action:
    like = action("006")
    return ActionFactory.build(plan=like.plan, driver=like.driver, group=like.group, **values)


def another(row, name):
    """Another value of this column than the row has."""
    field, value = row._meta.get_field(name), getattr(row, name)
    if field.is_relation:
        others = field.related_model.objects.exclude(pk=value.pk) if value else field.related_model.objects
        return others.last()
    if field.get_internal_type() == "DateField":
        return LATER
    if isinstance(value, int):
        return value + 1
    return next((key for key, _ in field.choices or () if key != value), "other")


def told(row, what):
    return f"{row._meta.label_lower} {row.pk}: {what}"


@pytest.mark.parametrize("model", RULES, ids=lambda model: model.__name__)
def test_none_of_these_columns_changes_by_itself(model, parts, behind, on_record, monkeypatch):
    with on_record("The next year"):
        draft_plan("2022-23")
        Audit(group=Group.objects.first(), focus="Neglect", planned_for=date(2021, 4, 1)).save()
    row, rules = parts[model], {name: rule for name, rule in RULES[model].items() if name}
    rules.pop("status", None)  # which updates change, too
    monkeypatch.setattr(model, "clean", lambda self: None)
    behind(row, **{name: another(row, name) for name in rules})
    assert found() == sorted(told(row, f"its “{name}” changed, and {rules[name].lack}.") for name in rules)


def test_each_column_has_its_rule():
    for model, rules in RULES.items():
        columns = {field.name for field in model._meta.concrete_fields} - {"id", "change"}
        assert columns - {*model.part_of, *rules} == FREE.get(model, set()), model


def test_nothing_is_added_to_a_published_plan_without_a_decision(parts, as_manager, action):
    subject = parts[Action]
    new = [
        new_action(action),
        ActionLead(action=subject, post=Post.objects.get(name="Resolution Group Chair")),
        Ownership(action=subject, partner=Partner.objects.get(kind="council")),
        StrategicDriver(plan=subject.plan, kind="audit", text="Another"),
        Theme(plan=subject.plan, text="Another", position=2),
        FurtherAction(action=subject, text="Another"),
        OtherColumn(action=subject, heading="Another", text=""),
        Milestone(action=subject, text="Housekeeping"),
    ]
    with as_manager():
        for row in new:
            row.save()
    wrong = {type(row): f"it was added, and {RULES[type(row)][NEW].lack}." for row in new[:-1]}
    assert set(found()) == {told(row, wrong[type(row)]) for row in new[:-1]} and len(new) == len(RULES) - 1


def test_no_plan_is_published_from_its_start_but_by_a_command(as_manager, on_record):
    with on_record("Loaded"):
        loaded = draft_plan("2023-24", "live")
    with as_manager():
        typed = draft_plan("2024-25", "live")
    assert loaded.status == "live"
    assert found() == [told(typed, "it became live, and no decision says so that its chair confirmed.")]


@pytest.mark.parametrize("name", BY_A_MEETING)
def test_no_slip_changes_what_decides_who_has_the_last_word(name, parts, as_manager, monkeypatch):
    subject, lead = parts[Action], parts[ActionLead]
    monkeypatch.setattr(Amendment, "check_change", lambda self, changed: None)
    new = {"priority": "high", "group": Group.objects.get(slug="cem")}
    with as_manager():
        to_group = {"to_group": new["group"]} if name == "group" else {}
        priority = {"priority": new["priority"]} if name == "priority" else {}
        Amendment(action=subject, changed=f"{name} title", title="Other", **to_group, **priority).save()
        subject.title = "Other"
        if name == "leads":
            lead.ended_on = DAY
            lead.save()
        else:
            setattr(subject, name, new[name])
        subject.save()
    changed, row = ("ended_on", lead) if name == "leads" else (name, subject)
    assert found() == [told(row, f"its “{changed}” changed, and no decision in force says so.")]


def test_who_leads_changes_as_a_meeting_agreed_it_and_no_other_way(parts, as_manager, user):
    lead, owner = parts[ActionLead], parts[Ownership]
    council = Partner.objects.get(kind="council")
    with as_manager():
        plan, meeting = parts[Action].plan, Meeting.objects.first()
        agreed = {"kind": "amendment", "reason": "So", "entered_by": user("business.manager")}
        decision = PlanDecision(plan=plan, meeting=meeting, **agreed)
        decision.save()
        change = Amendment(action=parts[Action], decision=decision, changed="leads owners")
        change.save()
        change.add_who([lead.post], [council])
        in_force(decision)
        lead.ended_on = DAY
        lead.save()
        kept = ActionLead(action=lead.action, post=Post.objects.get(name="Resolution Group Chair"))
        kept.save()
        owner.ended_on = DAY
        owner.save()
        Ownership(action=owner.action, partner=council).save()
    lack = "no decision in force says so"
    wrong = [told(lead, f"its “ended_on” changed, and {lack}."), told(kept, f"it was added, and {lack}.")]
    said = [str(one).partition(": ")[2] for one in plans.findings()]
    assert said == wrong, "of the owners it says what was done"


def test_what_goes_from_plan_to_plan_belongs_to_both(parts, behind, on_record):
    with on_record("The next year"):
        draft = draft_plan("2022-23")
    subject, lack = parts[Action], RULES[Action]["plan"].lack
    told_once = told(subject, f"its “plan” changed, and {lack}.")
    published = subject.plan
    behind(subject, plan=draft)
    assert found() == [told_once]
    behind(subject, plan=published)
    assert found() == [told_once] * 2


def test_nothing_of_a_closed_plan_changes_even_by_a_slip(parts, as_manager, on_record, monkeypatch):
    subject = parts[Action]
    with on_record("Closed"):
        close_plan(subject.plan)
    before = found()
    for model in (Action, Amendment):
        monkeypatch.setattr(model, "check_change", lambda self, changed: None)
    subject.refresh_from_db()
    with as_manager():
        Amendment(action=subject, changed="text", text="Another").save()
        subject.text = "Another"
        subject.save()
    [wrong] = [what for what in found() if what not in before]
    assert wrong == told(subject, "it was saved, and its plan was closed before.")


def test_what_forms_do_to_a_published_plan_is_sound(words, manager, send, action, confirmed):
    slip = {"kind": "slip", "owners": [Partner.objects.get(kind="police").pk]}
    added = confirmed.get_absolute_url()
    for page, sent in (
        (f"{AT_006}edit/", words | slip),
        (f"{AT_005}dates/", day("original_date", "2022-09-30")),
        (f"{AT_005}first-date/", day("original_date", "2021-09-30")),
        (f"{added}first-date/", day("original_date", "2021-10-30")),
        (f"{AT_005}milestones/new/", {"text": "Leads named"}),
    ):
        assert send(manager, page, **{"reason": "So it is"} | sent).status_code == 302, page
    milestone = Milestone.objects.get(text="Leads named")
    page = f"{AT_005}milestones/{milestone.pk}/"
    assert send(manager, page, **day("due", "2021-09-30"), reason="Agreed").status_code == 302
    assert owners_of(action("006")) == [Partner.objects.get(kind="police")]
    assert str(action("007").original_date) == "2021-10-30"
    assert found() == []


def test_the_checker_of_plans_runs_alone_and_says_what_it_finds(parts, behind, tmp_path):
    file, script = tmp_path / "ledger.jsonl", Path(plan_checker.__file__)

    def run(lines):
        file.write_text("".join(f"{line}\n" for line in lines))
        return subprocess.run([sys.executable, "-I", "-S", script, file], capture_output=True, text=True)

    sound = run(export.lines())
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout == "Every change of a published plan has the decision or the slip that it needs.\n"
    behind(parts[Theme], text="Another")
    [wrong] = plan_checker.check(export.lines())
    forged = run(export.lines())
    assert (forged.returncode, forged.stderr, forged.stdout) == (1, f"{wrong}\n", "")
    for unreadable in ([], ["{"], ['{"line": "{}"}'], ["[]", "1"], [*export.lines()][:-1]):
        refused = run(unreadable)
        assert refused.returncode == 1 and "let checker.py check it first" in refused.stderr
    assert plan_checker.main([]) == 1


def test_the_checker_of_plans_has_the_same_columns_as_verification():
    """In a table of its own, since it shares nothing: so that none is forgotten in one of the two."""
    for model, rules in RULES.items():
        columns = {model._meta.get_field(name).attname if name else name for name in rules}
        assert plan_checker.RULES[model._meta.label_lower].keys() == columns, model
    assert len(plan_checker.RULES) == len(RULES)
