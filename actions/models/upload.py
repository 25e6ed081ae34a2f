"""The file from which somebody imports a plan: no part of the record, and seen by nobody else."""

from __future__ import annotations

import hashlib
import zlib
from datetime import timedelta
from typing import Any, Self
from uuid import uuid4

import orjson
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import models
from django.utils import timezone

from actions.models.plan import BusinessPlan
from actions.tables.understood import Understood, as_data, from_data
from gscp import clock, writing
from gscp.drafts import KEPT_FOR, Writer, keys_of_posts
from gscp.sealing import cipher

LONGEST_SILENCE = timedelta(seconds=120)  # of the process that reads it: after that it has come to no end


class PlanUploadQuerySet(models.QuerySet["PlanUpload"]):
    def of(self, person: Writer, plan: BusinessPlan) -> PlanUpload | None:
        """The file that this person chose for the plan, if it still counts and is not recorded."""
        upload = self.last_of(person, plan)
        return upload if upload and not upload.is_recorded else None

    def last_of(self, person: Writer, plan: BusinessPlan) -> PlanUpload | None:
        """The same; of a file that is recorded its name and what was answered are left."""
        upload = self.filter(person_id=person.pk, plan=plan).first()
        return upload if upload and upload.counts_for(person) else None

    def keep(self, person: Writer, plan: BusinessPlan, name: str, data: bytes) -> PlanUpload:
        """Keep a file in place of the one that this person chose before for the plan."""
        self.old().delete()
        columns = {
            "posts": keys_of_posts(person),
            "saved_at": clock.now(),
            "sealed": sealed(data),
            "about": sealed(orjson.dumps({"name": name, "sha256": hashlib.sha256(data).hexdigest()})),
            "run": uuid4(),
        } | dict.fromkeys(("answers_sealed", "found", "asked_at", "ended_at"))
        # Not deleted and inserted: another that is sent at the same moment would insert its own between.
        upload, _ = self.update_or_create(person_id=person.pk, plan=plan, defaults=columns)
        return upload

    def forget_file(self, person: Writer, plan: BusinessPlan) -> None:
        """It is recorded. What was answered holds when the same file is chosen again."""
        self.filter(person_id=person.pk, plan=plan).update(sealed=None, found=None, saved_at=clock.now())

    def discard(self, person: Writer, plan: BusinessPlan) -> None:
        self.filter(person_id=person.pk, plan=plan).delete()

    def clear(self) -> None:
        """Delete what counts no more: it is old, or who chose it has left a post since."""
        self.old().delete()
        for upload in self.select_related("person").defer("sealed", "found"):
            if not upload.counts_for(upload.person):
                upload.delete()

    def old(self) -> Self:
        return self.filter(saved_at__lte=clock.now() - KEPT_FOR)


class PlanUpload(models.Model):
    """What it holds of the file is encrypted, so that a copy of the database does not tell it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    plan = models.ForeignKey(BusinessPlan, models.CASCADE, related_name="+")
    posts = models.TextField()  # the keys of those that the person held
    saved_at = models.DateTimeField(db_index=True)
    about = models.BinaryField()  # its name and SHA-256
    sealed = models.BinaryField(null=True)  # its bytes; None once it is recorded
    answers_sealed = models.BinaryField(null=True)
    found = models.BinaryField(null=True)  # what was understood, or why it was refused
    run = models.UUIDField(default=uuid4)  # of the process that reads it: a later one takes its place
    asked_at = models.DateTimeField(null=True)  # when that process was asked for
    ended_at = models.DateTimeField(null=True)

    objects = PlanUploadQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "plan"], name="one_upload_of_a_plan")]

    def __str__(self) -> str:
        return f"Upload for {self.plan}"

    def counts_for(self, person: Writer) -> bool:
        has_posts = set(self.posts.split()) <= {str(post.pk) for post in person.posts}
        is_readable = self.opened(self.about) is not None
        return has_posts and is_readable and self.saved_at > clock.now() - KEPT_FOR

    def opened(self, box: bytes | memoryview | None) -> Any:
        """What is in it; None where it is empty, or was sealed with a key that is no longer known."""
        data = unsealed(box)
        return orjson.loads(data) if data is not None else None

    @property
    def is_recorded(self) -> bool:
        return self.sealed is None

    @property
    def data(self) -> bytes:
        return unsealed(self.sealed) or b""

    @property
    def file_name(self) -> str:
        return str(self.opened(self.about)["name"])

    def is_file(self, data: bytes) -> bool:
        return self.sha256 == hashlib.sha256(data).hexdigest()

    @property
    def sha256(self) -> str:
        return str(self.opened(self.about)["sha256"])

    @property
    def answers(self) -> dict[str, Any]:
        return self.opened(self.answers_sealed) or {}

    @answers.setter
    def answers(self, answers: dict[str, Any]) -> None:
        self.answers_sealed = sealed(orjson.dumps(answers))

    @property
    def answers_for_another(self) -> dict[str, Any]:
        """Once it is recorded, people and days are read from the record, where they may differ by now."""
        on_record = ("names", "dates") if self.is_recorded else ()
        return {part: one for part, one in self.answers.items() if part not in on_record}

    @property
    def refused(self) -> str:
        """Why the file was not read; "" if it was, or is not yet."""
        found = self.opened(self.found) if self.ended_at else None
        return str(found.get("refused", "")) if found else ""

    @property
    def understood(self) -> Understood | None:
        found = self.opened(self.found) if self.ended_at else None
        return None if found is None or "refused" in found else from_data(found)

    @property
    def state(self) -> str:
        """ "waiting", "reading", "stopped" (it came to no answer), "refused" or "read"."""
        if self.ended_at:
            return "stopped" if self.found is None else "refused" if self.refused else "read"
        if self.asked_at is None:
            return "waiting"
        return "reading" if self.asked_at > timezone.now() - LONGEST_SILENCE else "stopped"

    def answer_of(self, found: Understood | str | None) -> dict[str, Any]:
        """The columns that say how its reading ended: what was understood, why it was refused, or a fault."""
        data = {"refused": found} if isinstance(found, str) else as_data(found) if found else None
        return {"found": sealed(orjson.dumps(data)) if data else None, "ended_at": timezone.now()}


def sealed(data: bytes) -> bytes:
    return cipher().encrypt(zlib.compress(data, 1))


def unsealed(box: bytes | memoryview | None) -> bytes | None:
    if box is None:
        return None
    try:
        return zlib.decompress(cipher().decrypt(bytes(box)))
    except InvalidToken:
        return None


writing.TO_CLEAR.append(PlanUpload.objects.clear)
