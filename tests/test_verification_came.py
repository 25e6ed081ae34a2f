"""Verification compares what comes into a plan with what it comes from: an addition, or an earlier action."""

from datetime import date

import pytest

from actions.models import (
    Action,
    ActionEnding,
    ActionLead,
    Amendment,
    Ownership,
    StrategicDriver,
    Theme,
    addition,
    carrying,
)
from subgroups.models import Audit, Group, Partner, Post
from tests.test_additions import confirmed, decision, enter, typed  # noqa: F401  fixtures
from tests.test_plan_decisions import draft, june  # noqa: F401  fixtures
from tests.test_verification_plans import behind, found  # noqa: F401  fixtures
from tests.test_year_end import NEXT, confirm, end, live  # noqa: F401  fixtures
from tests.test_year_end_copied import copied

# ruff: noqa: F811  fixtures are named like what they give
pytestmark = pytest.mark.django_db
DAY = date(2030, 1, 1)
OTHER = {
    "original_date": DAY, "agreed_date": DAY, "precision": "year", "earlier_new_dates": 3,
    "text": "Do nothing", "who": "Nobody", "priority": "low", "status": "complete", "rating": "green",
}  # fmt: skip
ANOTHER = "the action that goes on in it had another"
ADDED = "it was added with another"
NONE = "no decision in force says so"
SAID = "neither a slip nor a decision in force says so"


@pytest.fixture
def made_otherwise(monkeypatch):
    """made_otherwise("005", text="Other"): whatever saves this action of its plan does it so."""
    whole = Action.save

    def otherwise(ref, label="2022-23", **values):
        def save(self, **given):
            if (self.ref, self.plan.label) == (ref, label):
                for name, value in values.items():
                    setattr(self, name, value)
            whole(self, **given)

        monkeypatch.setattr(Action, "save", save)

    return otherwise


@pytest.fixture
def dated_005(behind, action):
    return behind(action("005"), original_date=date(2021, 9, 30))


@pytest.fixture
def publish(manager, send, confirm, june):
    def published():
        answer = send(manager, f"{NEXT}publish/", meeting=june.pk, reason="So it was agreed")
        assert answer.status_code == 302
        confirm()

    return published


def of_actions() -> list[str]:
    return sorted(one for one in found() if not one.startswith("actions.businessplan"))  # live by no decision


def told(new: Action, names, what: str) -> list[str]:
    return sorted(f"actions.action {new.pk}: it came with this “{name}”, and {what}." for name in names)


@pytest.mark.parametrize("fate", ["carried_forward", "split"])
def test_what_goes_on_is_as_it_was(fate, dated_005, live, end, confirm, made_otherwise):
    ref = "005" if fate == "carried_forward" else "005.1"
    parts = {"parts": "The first part\nThe second part"} if fate == "split" else {}
    made_otherwise(ref, **OTHER)
    end(["005"], fate, plan=live.pk, **parts)
    confirm()
    assert of_actions() == told(Action.objects.get(ref=ref, plan=live), OTHER, ANOTHER)


def test_a_part_that_goes_on_in_a_copy_says_what_was_decided(
    draft, end, confirm, made_otherwise, action, on_record
):
    with on_record():
        copy = copied(action("005"), draft)
        draft.status = "live"
        draft.save()
    end(["005"], "split", plan=draft.pk, parts="The first part\nThe second part")
    made_otherwise("005", text=copy.text)
    confirm()
    copy.refresh_from_db()
    assert copy.came_from and of_actions() == told(copy, ["text"], ANOTHER)


def test_so_are_the_dates_of_what_waited_for_its_plan(
    dated_005, draft, end, confirm, made_otherwise, publish, behind
):
    end(["005", "006"], "carried_forward", plan=draft.pk)
    confirm()
    new = Action.objects.get(ref="005", plan=draft)
    behind(new, text="Reworded in the draft", agreed_date=DAY)
    made_otherwise("005", **OTHER)
    publish()
    assert found() == told(new, OTHER, ANOTHER)


def test_what_goes_on_as_it_was_decided_is_sound(dated_005, draft, end, confirm, publish, behind, report):
    report("005", rating="red")
    end(["005"], "carried_forward", plan=draft.pk)
    confirm()
    end(["006"], "split", plan=draft.pk, parts="The first part\nThe second part")
    confirm()
    new = Action.objects.get(ref="005", plan=draft)
    behind(new, text="Reworded in the draft", agreed_date=DAY)
    publish()
    new.refresh_from_db()
    assert (new.original_date, new.agreed_date, new.rating) == (date(2021, 9, 30), None, "red")
    assert found() == []


@pytest.fixture
def in_that_act(monkeypatch):
    """in_that_act(row, text="Other"): in the act in which an action ends, that row is saved so."""
    whole = ActionEnding.take_effect

    def besides(row, **values):
        def take_effect(self, by):
            whole(self, by)
            if row.pk:
                row.refresh_from_db()
            for name, value in values.items():
                setattr(row, name, value)
            row.save()

        monkeypatch.setattr(ActionEnding, "take_effect", take_effect)

    return besides


def test_what_others_are_merged_into_stays_as_it_is(end, confirm, action, in_that_act):
    in_that_act(action("006"), original_date=DAY, text="Do nothing")
    end(["001"], "merged", into=action("006").pk)
    confirm()
    changed = f"actions.action {action('006').pk}: its “text” changed, and {SAID}."
    assert found() == [changed], "its first date is corrected until there is a report"


@pytest.mark.parametrize("fate", ["carried_forward", "withdrawn"])
def test_a_driver_comes_to_a_plan_with_an_action_of_it_alone(fate, live, end, confirm, in_that_act, action):
    driver = StrategicDriver(plan=live if fate == "carried_forward" else action("006").plan, kind="audit")
    in_that_act(driver, text="Another")
    end(["001"], fate, plan=live.pk)
    confirm()
    assert of_actions() == [f"actions.strategicdriver {driver.pk}: it was added, and {NONE}."]


def test_a_theme_comes_to_a_plan_with_an_action_of_it_alone(end, confirm, in_that_act, action):
    theme = Theme(plan=action("006").plan, position=7)
    in_that_act(theme, text="Another")
    end(["001"], "withdrawn")
    confirm()
    assert found() == [f"actions.theme {theme.pk}: it was added, and {NONE}."]


@pytest.mark.parametrize(
    ("name", "value"),
    [("priority", "low"), ("original_date", DAY), ("agreed_date", DAY), ("earlier_new_dates", 1)]
    + [("text", "Do nothing"), ("who", "Nobody"), ("timescale", "Never"), ("status", "complete")],
)
def test_an_addition_is_made_as_it_was_agreed(name, value, decision, confirm, made_otherwise):
    made_otherwise("007", "2021-22", **{name: value})
    confirm()
    assert found() == told(Action.objects.get(ref="007"), [name], ADDED)


def test_an_addition_comes_from_the_audit_that_was_named(decision, confirm, made_otherwise, on_record):
    with on_record():
        audit = Audit(group=Group.objects.first(), focus="Neglect", planned_for=date(2021, 5, 1))
        audit.save()
    made_otherwise("007", "2021-22", audit=audit)
    confirm()
    assert found() == told(Action.objects.get(ref="007"), ["audit"], ADDED)


def test_an_addition_as_it_was_agreed_is_sound(confirmed):
    assert found() == []


def test_an_addition_is_led_and_owned_as_it_was_agreed(decision, confirm, monkeypatch):
    assign = addition.assign
    monkeypatch.setattr(addition, "assign", lambda action, posts, partners: assign(action, [], partners[1:]))
    confirm()
    assert found() == told(Action.objects.get(ref="007"), ["leads", "owners"], ADDED)


def test_so_is_what_goes_on(live, end, confirm, monkeypatch, behind, action):
    behind(ActionLead(action=action("005"), post=Post.objects.get(name="QiiP Subgroup Chair")))
    before = [one for one in found() if "actionlead" in one]
    monkeypatch.setattr(carrying, "assign", lambda action, posts, partners: None)
    end(["005"], "carried_forward", plan=live.pk)
    confirm()
    new = Action.objects.get(plan=live, ref="005")
    assert [one for one in of_actions() if one not in before] == told(new, ["leads", "owners"], ANOTHER)


@pytest.mark.parametrize("named", [[], ["council"]])
def test_a_slip_ends_no_more_owners_than_it_says(named, action, on_record):
    """One that names nobody says so: then nobody owns it."""
    owners = list(Ownership.objects.filter(action=action("006"), ended_on=None).order_by("pk"))
    with on_record("Behind the forms"):
        slip = Amendment(action=action("006"), changed="owners")
        slip.save()
        slip.add_who([], [Partner.objects.get(kind=kind) for kind in named])
        for one in owners:
            one.ended_on = DAY
            one.save()
    wrong = [f"actions.ownership {one.pk}: its “ended_on” changed, and {SAID}." for one in owners]
    assert owners and found() == (wrong if named else [])
