"""What somebody is mailed: their choices, what they watch, what they were told. No part of the record."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models

from actions.models.action import Action
from actions.models.exception import ExceptionReport
from actions.models.step import ExceptionStep
from gscp import clock
from gscp.record import Change

USER = settings.AUTH_USER_MODEL
TOLD_AGAIN = timedelta(days=7)  # of what still waits
KEPT_FOR = timedelta(days=100)  # what somebody was told: longer than anything is told again


class MailChoice(models.Model):
    """Beside these, everybody is mailed what is their duty."""

    person = models.OneToOneField(USER, models.CASCADE, related_name="+")
    papers = models.BooleanField("Meetings of my groups, and their papers", default=True)
    watched = models.BooleanField("Changes of what I watch", default=True)
    # Until this day a chair's mails go to the vice-chairs instead.
    vice_chair_until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Mails to {self.person}"

    @classmethod
    def of(cls, person: Any) -> MailChoice:
        return cls.objects.filter(person_id=person.pk).first() or cls(person=person)

    @property
    def has_delegated(self) -> bool:
        return self.vice_chair_until is not None and self.vice_chair_until >= clock.today()


class WatchQuerySet(models.QuerySet["Watch"]):
    def of(self, person: Any) -> WatchQuerySet:
        rows = self.filter(person_id=person.pk).order_by("pk")
        return rows.select_related("action__plan", "report__action__plan", "report__measure")


class Watch(models.Model):
    """Somebody watches an action or a report, and has been told its changes up to `told`."""

    person = models.ForeignKey(USER, models.CASCADE, related_name="+")
    action = models.ForeignKey(Action, models.CASCADE, null=True, related_name="+")
    report = models.ForeignKey(ExceptionReport, models.CASCADE, null=True, related_name="+")
    told = models.BigIntegerField()  # the number of a change

    objects = WatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "action"], name="an_action_is_watched_once"),
            models.UniqueConstraint(fields=["person", "report"], name="a_report_is_watched_once"),
            models.CheckConstraint(
                condition=models.Q(action=None) ^ models.Q(report=None), name="one_thing_is_watched"
            ),
        ]

    def __str__(self) -> str:
        return str(self.about)

    @property
    def about(self) -> Any:
        return self.action or self.report

    def changes(self) -> Any:
        """Those that came after what was told, by others."""
        rows = Change.objects.filter(action=self.action_id)
        if self.report:
            steps = ExceptionStep.objects.filter(report=self.report)
            rows = Change.objects.of_rows(ExceptionReport.objects.filter(pk=self.report.pk))
            rows |= Change.objects.of_rows(steps)
        return rows.filter(number__gt=self.told).exclude(actor_id=self.person_id)


class Told(models.Model):
    """A line of a mail: what somebody was told last when, so that it is not told each day."""

    person = models.ForeignKey(USER, models.CASCADE, related_name="+")
    what = models.CharField(max_length=100)
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "what"], name="one_line_for_what_is_told")]

    def __str__(self) -> str:
        return self.what


class DayOfMail(models.Model):
    """One combined mail, or digest, for each person and day, whoever writes it: the row comes first."""

    person = models.ForeignKey(USER, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "on"], name="one_mail_of_a_kind_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.on}"


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class CalendarAddress(models.Model):
    """The secret address of somebody's calendar. It is shown once; its hash is kept."""

    person = models.OneToOneField(USER, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_on = models.DateField()

    def __str__(self) -> str:
        return f"Calendar of {self.person}"

    @classmethod
    def make(cls, person: Any) -> str:
        """A new secret; the one before ends."""
        secret = secrets.token_urlsafe(32)
        kept = {"digest": digest_of(secret), "made_on": clock.today()}
        cls.objects.update_or_create(person_id=person.pk, defaults=kept)
        return secret

    @classmethod
    def find(cls, secret: str) -> CalendarAddress | None:
        return cls.objects.select_related("person").filter(digest=digest_of(secret)).first()


def told_lately(person: Any, on: date) -> set[str]:
    rows = Told.objects.filter(person_id=person.pk, on__gt=on - TOLD_AGAIN)
    return set(rows.values_list("what", flat=True))


def note_told(person: Any, what: list[str], on: date) -> None:
    for one in what:
        Told.objects.update_or_create(person_id=person.pk, what=one, defaults={"on": on})
    Told.objects.filter(on__lt=on - KEPT_FOR).delete()
    DayOfMail.objects.filter(on__lt=on - KEPT_FOR).delete()
