"""One writer at a time: what waited is asked anew, and who would wait too long is told at once."""

from contextlib import closing, contextmanager
from datetime import date
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.db import connection, transaction
from django.utils import timezone

from actions.models import ProgressUpdate
from gscp.record import Actor, Change, recording, turns
from subgroups.models import Attendance, Meeting, Partner, PostHolding
from tests.conftest import form_of
from tests.test_update import GOOD, URL

pytestmark = pytest.mark.django_db


class Sent(Thread):
    """A request on a connection of its own, as another person sends it."""

    def __init__(self, client, url, typed):
        super().__init__()
        self.client, self.url, self.typed = client, url, typed
        self.start()

    def run(self):
        started = monotonic()
        try:
            self.response = self.client.post(self.url, self.typed)
        finally:
            connection.close()
            self.seconds = monotonic() - started

    def answer(self):
        self.join(30)
        return self.response


@contextmanager
def somebody_writes():
    """Another person's act, which ends with the block; whoever writes in it waits."""
    ready, done = Event(), Event()

    def write():
        try:
            with recording(Actor("Test"), "for a test"):
                ready.set()
                done.wait(30)
        finally:
            connection.close()

    writer = Thread(target=write)
    writer.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        done.set()
        writer.join(30)


def sent_meanwhile(client, url, typed, act):
    """What is answered to a request that waits while `act` is recorded."""
    with recording(Actor("Test"), "for a test"):
        sent = Sent(client, url, typed)
        sleep(0.3)
        assert sent.is_alive(), "it waits"
        act()
    return sent.answer()


def test_an_act_behind_the_handover_that_ends_its_post_is_refused(committed, sign_in, user):
    chair, holder = sign_in("cem.chair"), user("cem.chair")
    form = form_of(chair.get(URL)) | GOOD

    def end_the_post():
        holding = PostHolding.objects.get(user=holder, ended_on=None)
        holding.ended_on = holding.started_on
        holding.save()

    assert sent_meanwhile(chair, URL, form, end_the_post).status_code == 403
    assert not Change.objects.filter(actor_id=holder.pk).exists()


def test_an_act_behind_one_that_changes_who_acts_for_a_group_is_refused(committed, sign_in, user, action):
    """The chair of the group above reports for one that is not in place yet, until it is."""
    chair, url = sign_in("management.chair"), f"{action('003').get_absolute_url()}update/"
    form = form_of(chair.get(url)) | GOOD

    def put_in_place():
        group = action("003").group
        group.established_on = date(2021, 4, 1)
        group.save()

    assert sent_meanwhile(chair, url, form, put_in_place).status_code == 403
    assert not ProgressUpdate.objects.exists()


def test_a_meeting_that_was_attended_meanwhile_is_not_called_off(committed, sign_in, it_is):
    it_is(2021, 6, 15)
    meeting, manager = (
        Meeting.objects.get(group__slug="management-group", date="2021-06-15"),
        sign_in("business.manager"),
    )
    url = f"{meeting.get_absolute_url()}edit/"
    typed = {"called_off": "on", "closing_time": "17:00", "reason": "Nobody can come"}
    typed |= {"date-day": 15, "date-month": 6, "date-year": 2021}
    typed |= {"papers_close-day": 8, "papers_close-month": 6, "papers_close-year": 2021}
    form = form_of(manager.get(url)) | typed

    def attend():
        Attendance(meeting=meeting, partner=Partner.objects.first(), presence="present").save()

    answer = sent_meanwhile(manager, url, form, attend)
    assert "Call it off only if that was a slip" in answer.content.decode()
    assert not Meeting.objects.get(pk=meeting.pk).called_off


def test_who_waits_too_long_is_told_and_loses_nothing_typed(committed, sign_in, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT", 1)
    chair = sign_in("cem.chair")
    form = form_of(chair.get(URL)) | GOOD
    with somebody_writes():
        answer = Sent(chair, URL, form).answer()
        page = answer.content.decode()
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Somebody else is saving" in page and GOOD["done"] in page
    assert not ProgressUpdate.objects.exists()
    assert Sent(chair, URL, form_of(answer) | GOOD).answer().status_code == 302
    assert ProgressUpdate.objects.get().done == GOOD["done"]


def test_few_wait_and_the_others_are_told_at_once(committed, sign_in):
    chair, other = sign_in("cem.chair"), sign_in("qiip.chair")
    form = form_of(chair.get(URL)) | GOOD
    with somebody_writes():
        waiting = [Sent(chair, URL, form) for _ in range(turns.MOST_AT_ONCE)]
        sleep(0.3)
        told = Sent(chair, URL, form)
        assert told.answer().status_code == 503 and told.seconds < 2
        assert all(one.is_alive() for one in waiting)
        started = monotonic()
        assert other.get(URL.replace("update/", "")).status_code == 200
        assert monotonic() - started < 2, "who reads does not wait"
    assert sorted(one.answer().status_code for one in waiting) == [302] * turns.MOST_AT_ONCE
    assert ProgressUpdate.objects.count() == 1, "one form, one act"


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a file that another program has locked")
def test_a_file_that_another_program_has_locked_is_told_of(committed, sign_in, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.2)
    chair = sign_in("cem.chair")
    form = form_of(chair.get(URL)) | GOOD
    with closing(connection.copy()) as other:
        other.cursor().execute("BEGIN IMMEDIATE")
        assert Sent(chair, URL, form).answer().status_code == 503
    assert Sent(chair, URL, form).answer().status_code == 302


def test_a_command_waits_as_long_as_it_takes(committed, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0)
    written = Event()

    def write():
        try:
            with recording(Actor("A command"), "for a test"):
                written.set()
        finally:
            connection.close()

    with somebody_writes():
        command = Thread(target=write)
        command.start()
        assert not written.wait(0.5)
    assert written.wait(10)
    command.join(10)


def test_a_sign_in_waits_for_no_writer(committed, user):
    """It saves when somebody signed in last, which is no part of the record."""
    signed_in = user("cem.chair")
    with somebody_writes():
        if connection.vendor == "sqlite":
            return  # there the whole file has one writer
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            signed_in.last_login = timezone.now()
            signed_in.save(update_fields=["last_login"])
    assert user("cem.chair").last_login == signed_in.last_login
