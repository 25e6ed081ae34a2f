"""Many new rows of one act: written together, and as if each had been saved alone."""

import gc
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from actions.models import Action, FurtherAction, Milestone, Theme
from gscp.record import Change, ChangeText, many_rows
from gscp.record.sql import BATCH, insert_statement, run
from tests.factories import ActionFactory, draft_plan
from tests.test_refusals import copy_of_last

pytestmark = pytest.mark.django_db


def test_they_are_as_if_each_had_been_saved_alone(on_record):
    with on_record("Together"):
        plan = draft_plan("2022-23")
        with many_rows():
            themes = [Theme(plan=plan, text=f"Theme {number}", position=number) for number in range(1, 4)]
            for theme in themes:
                theme.save()
            assert not Theme.objects.filter(plan=plan).exists(), "they are written when the block ends"
        themes[0].text = "Another text"
        themes[0].save()
        Theme(plan=plan, text="Saved alone", position=4).save()
    assert list(Theme.objects.filter(plan=plan).values_list("text", flat=True)) == [
        "Another text", "Theme 2", "Theme 3", "Saved alone",
    ]  # fmt: skip
    assert Theme.history.count() == 5
    last = Change.objects.filter(model="actions.theme").with_texts()
    assert {change.reason for change in last} == {"Together"} and len({change.act for change in last}) == 1
    call_command("verify_history", stdout=StringIO())  # it ends with 1 where something is wrong


def test_a_row_may_be_changed_in_the_block(on_record, action):
    plan = action("001").plan
    with on_record(), many_rows():
        theme = Theme(plan=plan, text="First", position=1)
        theme.save()
        theme.text = "Second"
        theme.save()
        Theme(plan=plan, text="Third", position=2).save()
    assert list(Theme.objects.filter(plan=plan).values_list("text", flat=True)) == ["Second", "Third"]
    assert Theme.history.count() == 3


def test_the_database_refuses_what_is_there_twice_and_nothing_stays(on_record, action):
    like, before = action("001"), Change.objects.count()
    with pytest.raises(IntegrityError), on_record(), many_rows():
        for _ in range(2):
            Action(plan=like.plan, ref="N1", slug="N1", position=9, driver=like.driver, group=like.group,
                   text="x", who="y").save()  # fmt: skip
    assert Change.objects.count() == before and not connection.needs_rollback


def test_what_a_row_may_not_hold_is_refused_in_it(on_record, action):
    with pytest.raises(ValidationError), on_record(), many_rows():
        assert not gc.isenabled()
        Theme(plan=action("001").plan, text="", position=1).save()
    assert gc.isenabled(), "the collector is at work again, also after a fault"


def test_it_is_for_an_act():
    with pytest.raises(RuntimeError, match="inside recording"), many_rows():
        ActionFactory()


TEXTS = ["\\N", "\\.", "a\tb", "a\\tb", "a\nb\r\nc", "\\", "“É” & 'ñ'", "{}", "NULL"]


def test_texts_are_kept_to_the_letter_in_an_act_of_hundreds_of_entries(on_record, action):
    """As PostgreSQL's COPY reads them, a backslash, a tab or a new line means something."""
    plan = action("001").plan
    texts = [*TEXTS, *(f"Theme {number}" for number in range(BATCH))]
    with on_record("\\N is\tno reason"), many_rows():
        themes = [Theme(plan=plan, text=text, position=number) for number, text in enumerate(texts)]
        for theme in themes:
            theme.save()
    assert list(Theme.objects.filter(plan=plan).values_list("text", flat=True)) == texts
    kept = ChangeText.objects.filter(field="text", change__gte=themes[0].change_id)
    assert [text.value for text in kept.order_by("change")] == texts
    assert Change.objects.with_texts()[-1].reason == "\\N is\tno reason"
    assert Theme.history.filter(lead_post=None).count() == len(texts)
    call_command("verify_history", stdout=StringIO())


def ride(act, themes):
    of = themes[0].plan.actions.first()
    FurtherAction.objects.bulk_create([FurtherAction(action=of, text="x", change_id=themes[1].change_id)])


def ride_under_the_same_id(act, themes):
    of = themes[0].plan.actions.first()
    Milestone.objects.bulk_create(
        [Milestone(id=themes[1].pk, action=of, text="x", change_id=themes[1].change_id)]
    )


def ride_of_its_kind(act, themes):
    like = {"plan": themes[0].plan, "text": "x", "position": 9, "change_id": themes[1].change_id}
    Theme.objects.bulk_create([Theme(id=1_000_000, **like)])


def ride_in_a_history(act, themes):
    copy_of_last(Action.history, change_id=themes[1].change_id).save()


def lose_its_copy(act, themes):
    act.pending.rows[Theme.history.model].pop(1)


def by_somebody_else(act, themes):
    act.changes[1].actor_id = 1


def at_another_moment(act, themes):
    for change in act.changes[1:]:  # the last as well: moments never run backwards
        change.at = change.clock = act.at + timedelta(microseconds=1)


def about_another(act, themes):
    act.changes[1].object_id = themes[0].pk


def of_another_act(act, themes):
    act.changes[1].act = uuid4()


def leave_a_gap(act, themes):
    act.changes.pop(1)


ATTACKS = [
    ride,
    ride_under_the_same_id,
    ride_of_its_kind,
    ride_in_a_history,
    lose_its_copy,
    by_somebody_else,
    at_another_moment,
    about_another,
    of_another_act,
    leave_a_gap,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_of_many_entries_is_asked_for_its_row(attack, on_record, action):
    """Of three that are added together, the one in the middle is wrong."""
    plan, before = action("001").plan, Change.objects.count()
    with pytest.raises(IntegrityError, match="in its turn"), on_record() as act, many_rows():
        themes = [Theme(plan=plan, text=f"Theme {number}", position=number) for number in range(1, 4)]
        for theme in themes:
            theme.save()
        attack(act, themes)
    assert Change.objects.count() == before


def test_each_of_many_rows_is_asked_for_its_number(on_record, action):
    subject, last = action("001"), Change.objects.last_number()
    numbers = (last + 1, last, last + 2)
    with pytest.raises(IntegrityError, match="not through recording"), transaction.atomic():
        FurtherAction.objects.bulk_create(
            [FurtherAction(action=subject, text="x", change_id=number) for number in numbers]
        )


def a_row(number):
    FurtherAction.objects.bulk_create(
        [FurtherAction(action=Action.objects.get(ref="001"), text="x", change_id=number)]
    )


def an_update(number):
    Action.objects.filter(ref="001").update(rating="red", change=number)


def a_history_row(number):
    copy_of_last(Action.history, change_id=number).save()


@pytest.mark.parametrize("come_late", [a_row, an_update, a_history_row])
def test_no_row_comes_between_the_entries_of_an_act(come_late, on_record, action):
    """The first of them was asked about the rows of all."""
    plan, before = action("001").plan, Change.objects.count()

    def write():
        run(insert_statement(act.texts), insert_statement(act.changes[:1]))
        come_late(act.changes[1].number)
        run(insert_statement(act.changes[1:]), insert_statement([act.signature()]))

    # SQLite refuses the row, PostgreSQL the second entry.
    with pytest.raises(IntegrityError, match="not through recording|in its turn"), on_record() as act:
        for number in (1, 2):
            Theme(plan=plan, text=f"Theme {number}", position=number).save()
        act.write = write
    assert Change.objects.count() == before
