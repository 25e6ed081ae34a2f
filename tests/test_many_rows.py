"""Many new rows of one act: written together, and as if each had been saved alone."""

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection

from actions.models import Action, Theme
from gscp.record import Change, many_rows
from tests.factories import ActionFactory

pytestmark = pytest.mark.django_db


def test_they_are_as_if_each_had_been_saved_alone(on_record, action):
    plan = action("001").plan
    with on_record("Together"):
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
        Theme(plan=action("001").plan, text="", position=1).save()


def test_it_is_for_an_act():
    with pytest.raises(RuntimeError, match="inside recording"), many_rows():
        ActionFactory()
