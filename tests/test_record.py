"""The record: what is saved through recording() stands in the ledger; nothing else gets in."""

from datetime import date
from itertools import pairwise
from threading import Thread
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from actions.models import Action, FurtherAction, Ownership
from gscp.record import Actor, AlreadyRecorded, Change, NotRecorded, Stale, ledger, recording
from subgroups.models import Partner, User

pytestmark = pytest.mark.django_db


def test_what_is_part_of_something_stays_part_of_it(action, on_record):
    """Looking back finds an action's rows of then by the keys of today."""
    further = FurtherAction(action=action("001"), text="One more")
    with on_record():
        further.save()
    further.action = action("002")
    with pytest.raises(RuntimeError, match="never changes"), on_record():
        further.save()


def another_partner():
    return Partner(name="Another", kind="other", started_on="2021-04-01")


def test_a_row_takes_the_key_of_what_was_saved_after_it_was_assigned(action, on_record):
    partner = another_partner()
    ownership = Ownership(action=action("005"), partner=partner)
    with on_record():
        partner.save()
        ownership.save()
    assert Ownership.objects.get(pk=ownership.pk).partner == partner


def test_a_row_does_not_lose_what_was_never_saved(action):
    before = Change.objects.last_number()
    with (
        pytest.raises(ValueError, match="unsaved related object 'partner'"),
        recording(Actor("Test"), "half"),
    ):
        Ownership(action=action("005"), partner=another_partner()).save()
    assert Change.objects.last_number() == before


def test_a_related_object_whose_key_was_changed_is_read_anew(action, on_record):
    """The difference names whom the row refers to, not the copy that was assigned to it."""
    owners = Ownership.objects.filter(action=action("005")).values("partner")
    owner, other = Partner.objects.exclude(pk__in=owners)[:2]
    name = owner.name
    ownership = Ownership(action=action("005"), partner=owner)
    owner.pk, owner.name = other.pk, "Somebody else"
    with on_record():
        ownership.save()
    assert ownership.partner.name == name
    [named] = (d["new"] for d in Change.objects.latest("number").compared() if d["field"] == "partner")
    assert named == name


def test_a_save_that_changes_nothing_records_nothing(action, on_record):
    before = Change.objects.last_number()
    with on_record():
        action("001").save()
    assert Change.objects.last_number() == before


def test_saving_outside_recording_is_refused(action):
    subject = action("001")
    subject.rating = "red"
    with pytest.raises(NotRecorded):
        subject.save()
    with pytest.raises(NotRecorded):
        subject.save(update_fields=["rating"])
    with pytest.raises(NotRecorded):
        Partner(name="Another", kind="other", started_on="2021-04-01").save()
    with pytest.raises(NotRecorded):
        subject.delete()


def test_nobody_saves_over_what_they_did_not_read(action, on_record):
    mine, theirs = action("001"), action("001")
    with on_record():
        theirs.rating = "red"
        theirs.save()
    with pytest.raises(Stale), on_record():
        mine.priority = "low"
        mine.save()
    assert action("001").rating == "red"


def test_nobody_saves_anew_what_was_meanwhile_changed(action, on_record):
    """A copy in which nothing differs from what was read may still differ from what stands."""
    mine, theirs = action("001"), action("001")
    with on_record():
        theirs.rating = "red"
        theirs.save()
    with pytest.raises(Stale), on_record():
        mine.save()


def test_a_copy_read_anew_is_saved(action, on_record):
    mine, theirs = action("001"), action("001")
    with on_record():
        theirs.rating = "red"
        theirs.save()
    mine.refresh_from_db()
    with on_record():
        mine.rating = "amber"
        mine.save()
    [difference] = Change.objects.latest("number").differences
    assert (difference["old"], difference["new"]) == ("Red", "Amber")


def test_a_copy_of_which_a_part_was_read_later_is_not_saved(action, on_record):
    early = Action.objects.defer("rating").get(ref="001")
    with on_record():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    assert early.rating == "red"
    early.change_id = action("001").change_id
    with pytest.raises(Stale), on_record():
        early.priority = "low"
        early.save()


def test_what_an_act_that_failed_would_have_saved_is_not_saved_later(action, on_record):
    subject = action("001")
    with pytest.raises(ValidationError), on_record():
        subject.rating = "red"
        subject.save()
        raise ValidationError("No.")
    with on_record():  # takes the number the act that failed would have had
        other = action("001")
        other.priority = "low"
        other.save()
    with pytest.raises(Stale), on_record():
        subject.title = "Another"
        subject.save()
    assert action("001").rating == "" and action("001").priority == "low"


def test_an_act_has_one_effect(action):
    act = uuid4()
    for _ in range(2):
        try:
            with recording(Actor("Test"), "once", act):
                subject = action("001")
                subject.review_date = None if subject.review_date else "2021-09-14"
                subject.save()
        except AlreadyRecorded:
            continue
    assert Change.objects.filter(act=act).count() == 1
    assert action("001").review_date is not None


def test_an_act_that_fails_leaves_nothing(action):
    before = Change.objects.last_number()
    with pytest.raises(ValidationError), recording(Actor("Test"), "half"):
        subject = action("001")
        subject.rating = "red"
        subject.save()
        subject.rating = "purple"
        subject.save()
    assert Change.objects.last_number() == before
    assert action("001").rating == ""


def test_ledger_time_never_runs_backwards(action, on_record, it_is):
    for day, rating in ((14, "green"), (2, "amber")):
        it_is(2021, 9, day)
        with on_record():
            subject = action("001")
            subject.rating = rating
            subject.save()
    moments = list(Change.objects.values_list("at", flat=True))
    assert moments == sorted(moments)


def test_as_at_a_number_is_what_stood_then(action, on_record):
    before = Change.objects.last_number()
    with on_record():
        subject = action("005")
        subject.rating = "amber"
        subject.save()
        FurtherAction(action=subject, text="One more").save()
    then = {row.ref: row.rating for row in Action.objects.at_entry(before)}
    now = {row.ref: row.rating for row in Action.objects.at_entry(Change.objects.last_number())}
    assert then["005"] == "" and now["005"] == "amber"
    assert len(then) == len(now) == 6
    assert FurtherAction.objects.at_entry(before).count() == FurtherAction.objects.count() - 1
    assert Action.objects.at_entry(0).count() == 0


def test_saving_some_fields_saves_the_whole_record(action, on_record):
    with on_record():
        subject = action("005")
        subject.rating, subject.text = "amber", "Something else"
        subject.save(update_fields=["rating"])
    assert action("005").text == "Something else"
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert {row["field"] for row in change.compared()} == {"rating", "text"}


def test_a_copy_read_in_part_is_not_saved(on_record):
    with pytest.raises(Stale), on_record():
        subject = Action.objects.only("ref").get(ref="005")
        subject.rating = "red"
        subject.save()


def test_a_change_of_name_does_not_put_an_old_password_back(user, on_record):
    early, late = user("cem.chair"), user("cem.chair")
    late.set_password("a new long password")
    late.save()
    with on_record():
        early.name = "Renamed"
        early.save()
    assert user("cem.chair").check_password("a new long password")


def test_nothing_is_recorded_inside_a_savepoint(action):
    before = Change.objects.last_number()
    with pytest.raises(RuntimeError), recording(Actor("Test"), "half"), transaction.atomic():
        subject = action("001")
        subject.rating = "red"
        subject.save()
    assert Change.objects.last_number() == before


def test_recording_does_not_nest():
    with recording(Actor("Test"), "outer"), pytest.raises(RuntimeError), recording(Actor("Test"), "inner"):
        pass


def test_password_and_last_sign_in_are_no_part_of_the_record(user):
    before = Change.objects.last_number()
    chair = user("cem.chair")
    chair.set_password("another long password")
    chair.save()
    chair.save(update_fields=["last_login"])
    assert User.objects.get(pk=chair.pk).check_password("another long password")
    assert Change.objects.last_number() == before
    chair.name = "Somebody"
    with pytest.raises(NotRecorded):
        chair.save()


def test_recording_is_the_outermost_transaction(committed):
    with pytest.raises(RuntimeError), transaction.atomic(), recording(Actor("Test"), "inside"):
        pass


def test_writers_at_the_same_time_queue_and_lose_nothing(committed):
    refs = ["001", "002", "003", "004"]
    before = Change.objects.last_number()
    failed = []

    def write(ref):
        try:
            for day in range(1, 6):
                with recording(Actor(ref), "at the same time"):
                    subject = Action.objects.get(ref=ref)
                    subject.review_date = date(2021, 9, day)
                    subject.save()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=write, args=[ref]) for ref in refs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    changes = list(Change.objects.filter(number__gte=before))
    assert [change.number for change in changes] == list(range(before, before + 21))
    for earlier, later in pairwise(changes):
        assert later.hash == ledger.chained(earlier.hash, later.line)
