"""What was said last of an action is not lost when it is carried forward."""

import csv
from datetime import date

import pytest
from django.db import connection

from actions import findings, findings_sql
from actions.late_spells import late_spells
from actions.models import Action, ActionEnding, Confirmation, ProgressUpdate
from actions.models.line import earlier_actions
from actions.views.shared import attach_last_decisions
from gscp import clock, facts
from gscp.record import Change
from gscp.record.looking_back import Past, looking_back
from tests import test_year_end
from tests.answers import said, words_of
from tests.factories import another_plan
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_reports_expected import DUE, REPORTED, places
from tests.test_update import GOOD

pytestmark = pytest.mark.django_db
draft, live = test_year_end.draft, test_year_end.live
end, confirm = test_year_end.end, test_year_end.confirm
NEXT = "/plans/2022-23/"
UPDATE = f"{NEXT}actions/005/update/"


@pytest.fixture
def carry(live, end, confirm):
    def carried(ref="005", fate="carried_forward", **typed) -> list[Action]:
        assert end([ref], fate, plan=live.pk, **typed).status_code == 302
        assert confirm().status_code == 302
        return list(Action.objects.filter(plan=live, predecessors__ending__action__ref=ref))

    return carried


@pytest.fixture
def carry_again(end, confirm, on_record):
    def carried(action: Action) -> Action:
        with on_record("The year after"):
            third = another_plan("2023-24", "The third", date(2023, 4, 1), date(2024, 3, 31)).plan
        end([], "carried_forward", f"{NEXT}end/", actions=[action.pk], plan=third.pk)
        assert confirm().status_code == 302
        return Action.objects.get(plan=third)

    return carried


def why(action: Action) -> dict[str, str]:
    return {rule.name: words for rule, words in findings.why_off_plan(Action.objects.get(pk=action.pk))}


def test_its_rating_and_what_is_in_the_way_stand_until_the_next_report(carry, report, it_is, sign_in, action):
    it_is(2021, 6, 7)
    report("005", rating="red", reason="The venue closed", blocker="There is no venue")
    it_is(2021, 6, 15)
    before = why(action("005"))
    assert "red" in before and "blocked" in before
    findings.of_live_plans()  # is kept, and has to be read anew
    [new] = carry()
    assert (new.rating, why(new)["blocked"]) == ("red", before["blocked"])
    assert why(new)["red"] == before["red"] == "Reported red on 7 June 2021. Reason given: “The venue closed”"
    counted = [row.action for row in findings.of_live_plans() if row.has("red")]
    assert counted == [new.pk], "once, as the one that is open"
    [row] = findings.shown([new.pk])
    assert (str(row.reported_at.date()), row.late_for) == ("2021-06-07", None)
    chair = sign_in("cem.chair")
    form = words_of(chair.get(UPDATE))
    assert "No update has been reported yet" not in form and "There is no venue" in form
    assert "Is this still in the way?" in form


def test_a_report_on_it_counts_from_then_on(carry, report, it_is, on_record, user):
    it_is(2021, 6, 7)
    report("005", rating="red", blocker="There is no venue")
    it_is(2021, 6, 15)
    [new] = carry()
    with on_record():
        new.record_update(new.updates.model(done="Met", rating="green", entered_by=user("cem.chair")))
    assert not {"red", "blocked"} & why(new).keys()
    [row] = findings.shown([new.pk])
    assert str(row.reported_at.date()) == "2021-06-15"


@pytest.mark.parametrize(
    ("fate", "typed"), [("carried_forward", {}), ("split", {"parts": "One half\nThe other half"})]
)
def test_who_was_silent_is_so_still(fate, typed, carry, june, sign_in, send, action):  # noqa: F811
    silent = why(action("005"))["silent"]
    parts = carry(fate=fate, **typed)
    for new in parts:
        assert why(new)["silent"] == silent and places(new) == DUE
    chair, url = sign_in("cem.chair"), f"{parts[0].get_absolute_url()}nil-return/"
    assert "it will be marked late for 15 June" in said(chair.get(url))
    send(chair, url)
    assert "late for 15 June" in said(chair.get(parts[0].get_absolute_url()))


def test_what_its_chair_has_not_confirmed_is_said_where_it_goes_on(carry, it_is, sign_in, send):
    it_is(2021, 6, 7)
    manager, chair = sign_in("business.manager"), sign_in("cem.chair")
    assert send(manager, "/plans/2021-22/actions/005/update/", **GOOD).status_code == 302
    it_is(2021, 6, 15)
    [new] = carry()
    waits = "It was entered for the chair, and is not confirmed yet."
    pages = (new.get_absolute_url(), f"/plans/{new.plan.label}/", "/due/")
    assert [page for page in pages if waits not in words_of(chair.get(page))] == []
    update = ProgressUpdate.objects.get()
    answer = send(chair, f"/updates/{update.pk}/not-so/", why="We met in May")
    told = f"Report what is so on {new.ref} of {new.plan.label}."
    assert told in words_of(chair.get(answer.url))
    assert [page for page in pages if waits in words_of(chair.get(page))] == []


def test_who_had_reported_has(carry, report, it_is):
    it_is(2021, 6, 7)
    report("005", rating="green")
    it_is(2021, 6, 15)
    [new] = carry()
    assert places(new) == REPORTED and "silent" not in why(new)


def test_it_is_as_much_worse_as_it_was(carry, report, it_is, held):
    it_is(2021, 6, 16)
    report("005", rating="green")
    it_is(2021, 9, 15)
    held()
    report("005", rating="amber", reason="Two are late")
    [new] = carry()
    assert why(new)["worse"].startswith("Was green when papers closed for the meeting of 14 September 2021,")


def test_what_was_decided_on_it_last_is_said(carry, asked, decide, june, action):  # noqa: F811
    request = asked()
    assert decide("refuse", request, reason="Not before the summer").status_code == 302
    [new] = carry()
    assert [*earlier_actions()] == [new.pk] and [*earlier_actions()[new.pk]] == [action("005").pk]
    attach_last_decisions([new])
    assert (new.last_decision.report, new.last_decision.to_state) == (request, "refused")


def test_it_is_said_still_when_it_is_carried_forward_again(
    carry, carry_again, report, it_is, held, sign_in, action
):
    it_is(2021, 6, 16)
    report("005", rating="green")
    it_is(2021, 9, 15)
    held()
    report("005", rating="red", reason="The venue closed", blocker="There is no venue")
    it_is(2022, 3, 9)
    before = why(action("005"))
    assert {"red", "worse", "blocked", "silent"} <= before.keys()
    [new] = carry()
    third = carry_again(new)
    assert [*earlier_actions()[third.pk]] == [new.pk, action("005").pk]
    assert (third.rating, why(third)) == ("red", before)
    [row] = findings.shown([third.pk])
    assert str(row.reported_at.date()) == "2021-09-15"
    form = words_of(sign_in("cem.chair").get("/plans/2023-24/actions/005/update/"))
    assert "There is no venue" in form and "Is this still in the way?" in form


def test_so_it_was_at_a_moment_before_it_was_carried_forward_again(carry, carry_again, report, it_is):
    it_is(2021, 6, 16)
    report("005", rating="red", blocker="There is no venue")
    it_is(2021, 9, 8)
    [new] = carry()
    then, as_it_was = Past(clock.now(), Change.objects.last_number()), why(new)
    it_is(2021, 9, 9)
    third = carry_again(new)
    facts.kept.clear()
    with looking_back(then):
        assert why(new) == as_it_was and "blocked" in as_it_was
        assert [row.action for row in findings.of_live_plans() if row.has("blocked")] == [new.pk]
        assert third.pk not in earlier_actions()


def test_a_report_that_counts_no_more_is_taken_from_what_goes_on_as_well(
    carry, report, it_is, on_record, user
):
    it_is(2021, 6, 16)
    report("005", rating="red", blocker="There is no venue", on_behalf=True)
    it_is(2021, 9, 8)
    [new] = carry()
    assert "blocked" in why(new)
    assert [row.action for row in findings.of_live_plans() if row.has("blocked")] == [new.pk]
    with on_record("Not so"):
        update = ProgressUpdate.objects.get()
        Confirmation(update=update, is_so=False, why="No", confirmed_by=user("cem.chair")).save()
    assert "blocked" not in why(new)
    assert not [row.action for row in findings.of_live_plans() if row.has("blocked")]


def test_a_draft_that_was_there_when_papers_closed_does_not_hide_that_it_is_worse(
    draft, end, confirm, report, it_is, held, on_record
):
    it_is(2021, 6, 16)
    report("005", rating="green")
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    assert confirm().status_code == 302
    it_is(2021, 9, 15)
    held()
    report("005", rating="red", reason="Two are late")
    with on_record("Adopted"):
        draft.status = "live"
        draft.save()
        for ending in ActionEnding.objects.all():
            ending.take_effect(None)
    new = Action.objects.get(plan=draft)
    assert new.rating == "red"
    assert why(new)["worse"].startswith("Was green when papers closed for the meeting of 14 September 2021,")


def test_a_draft_shows_what_will_come_as_it_is_today(draft, end, confirm, report, on_record, action, sign_in):
    with on_record():
        old = action("005")
        old.original_date = date(2021, 9, 30)
        old.save()
    assert end(["005"], "carried_forward", plan=draft.pk).status_code == 302
    assert confirm().status_code == 302
    report("005", rating="amber", reason="Two are late", done="Two providers agreed")
    with on_record("A new date"):
        old = action("005")
        old.agreed_date = date(2022, 5, 31)
        old.save()
    reader = sign_in("scrutineer")
    for page in ("", "glance/", "actions/005/"):
        words = words_of(reader.get(f"{NEXT}{page}"))
        assert "Amber" in words and "As 005 of 2021-22 stands today: this comes with it." in words
        assert "31 May 2022" in words and "In progress" in words
    years = words_of(reader.get(f"{NEXT}actions/005/lineage/"))
    assert "not published. Its rating and date are those of 005 of 2021-22 today" in years
    assert years.count("Amber") == years.count("31 May 2022") == 2
    [row] = csv.DictReader(reader.get(f"{NEXT}export.csv").content.decode("utf-8-sig").splitlines())
    assert (row["Rating"], row["Status"], row["Due Now"]) == ("Amber", "In progress", "2022-05-31")
    assert row["Last Report"] == row["Rated On"] == "2021-06-15"
    [shown] = findings.shown([Action.objects.get(plan=draft).pk])
    with on_record("Adopted"):
        draft.status = "live"
        draft.save()
        ActionEnding.objects.get().take_effect(None)
    [new] = findings.shown([shown.pk])
    for name in ("status", "rating", "original_date", "agreed_date", "reported_at", "rated_at", "new_dates"):
        assert getattr(new, name) == getattr(shown, name), name
    assert "stands today" not in words_of(reader.get(NEXT))


def test_its_page_has_the_last_words_until_it_has_its_own(carry, report, it_is, sign_in, send):
    it_is(2021, 6, 16)
    report("005", rating="red", reason="The venue closed", done="Two providers agreed")
    [new] = carry()
    chair, page, before = (
        sign_in("cem.chair"),
        new.get_absolute_url(),
        "What was said last, of 005 of 2021-22",
    )
    words = words_of(chair.get(page))
    assert "No update has been reported in this plan." in words and before in words
    assert "Two providers agreed" in words and "The venue closed" in words
    send(chair, f"{page}nil-return/")
    words = words_of(chair.get(page))
    assert "No update" not in words and "Nil return" in words and "Two providers agreed" in words
    form = words_of(chair.get(UPDATE))
    assert "Two providers agreed" in form, "what the nil return leaves as it is"
    report_of_it = {"done": "It is open", "rating": "red"}
    send(chair, UPDATE, **GOOD | report_of_it)
    words = words_of(chair.get(page))
    assert before not in words and "Two providers agreed" not in words and "It is open" in words


@pytest.mark.run_in("sqlite")
def test_what_an_action_goes_on_with_is_looked_up_and_not_searched_for(monkeypatch, user):
    """Of each action: of a thousand that were carried forward, a search would read a million rows."""
    monkeypatch.setattr(
        findings_sql, "earlier_actions", lambda: {key: {key + 1: None} for key in range(1000)}
    )
    with connection.cursor() as cursor:
        steps = f"EXPLAIN QUERY PLAN {findings_sql.statement('status', 'TRUE')}"
        cursor.execute(steps, {"today": clock.today().isoformat()})
        told = [step for *_, step in cursor.fetchall() if "goes_on" in step]
    assert any("AUTOMATIC COVERING INDEX (of_key=?)" in step for step in told), told


def test_it_was_late_in_the_earlier_plan_and_is_where_it_goes_on(carry, on_record, action, it_is):
    it_is(2021, 5, 3)
    with on_record():
        before = action("005")
        before.original_date = date(2021, 5, 31)
        before.save()
    it_is(2021, 6, 15)
    (after,) = carry()
    it_is(2021, 7, 1)
    spells = late_spells((before.pk, after.pk))
    assert spells == {
        before.pk: [(date(2021, 6, 1), date(2021, 6, 15))],
        after.pk: [(date(2021, 6, 1), None)],
    }


def test_when_actions_were_late_is_asked_of_many_as_of_one(on_record, action, django_assert_num_queries):
    with on_record():
        for ref in ("001", "002", "003"):
            one = action(ref)
            one.original_date = date(2021, 2, 1)
            one.save()
    keys = tuple(Action.objects.values_list("pk", flat=True))
    late_spells(keys)  # which action goes on with which is kept, for a question of the last entry
    for some in (keys[:1], keys):
        with django_assert_num_queries(3):
            late_spells(some)
