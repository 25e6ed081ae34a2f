"""Drafts: what somebody began to type into a form. No part of the record, and seen by nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils.functional import cached_property

from gscp import clock, sealing
from gscp.sealing import DRAFT_NAME, DRAFT_PAGE, DRAFT_SHOWN

KEPT_FOR = timedelta(days=14)
NO_TEXT = ("token", "seen", DRAFT_NAME, DRAFT_PAGE, DRAFT_SHOWN)  # of a form, beside what sealing leaves out


class Writer(Protocol):  # a user
    @property
    def pk(self) -> Any: ...
    @property
    def posts(self) -> Iterable[Any]: ...


class DraftQuerySet(models.QuerySet["Draft"]):
    def at(self, person: Writer, path: str) -> list[Draft]:
        """Those that this person began in forms which stood at this address."""
        return self.filter(path=path).begun_by(person)

    def begun_by(self, person: Writer) -> list[Draft]:
        """Those of this person that still count, the latest first."""
        drafts = self.filter(person_id=person.pk).order_by("-saved_at")
        return [draft for draft in drafts if draft.counts_for(person)]

    def keep(self, person: Writer, path: str, typed: QueryDict, about: str = "") -> Draft:
        """Keep what was typed in place of what this person had typed into this form before."""
        self.old().delete()
        kept = {
            "sealed": sealing.seal(person.pk, path, typed, about=about),
            "posts": keys_of_posts(person),
            "saved_at": clock.now(),
        }
        of_form = {"person_id": person.pk, "path": path, "about": about}
        return self.update_or_create(**of_form, defaults=kept)[0]

    def discard(self, person: Writer, path: str, about: str) -> None:
        """Delete what this person began in the form of this mark."""
        drafts = self.filter(person_id=person.pk, path=path)
        self.filter(pk__in=[draft.pk for draft in drafts if draft.is_of(about)]).delete()

    def discard_sent(self, person: Writer, path: str, about: str, sent: QueryDict) -> None:
        """Delete the draft that was sent: the one that its page showed or saved, and none of another page."""
        for draft in self.filter(person_id=person.pk, path=path):
            if draft.is_of(about) and draft.was_seen(sent):
                draft.delete()

    def old(self) -> DraftQuerySet:
        return self.filter(saved_at__lte=clock.now() - KEPT_FOR)

    def clear(self) -> None:
        """Delete what counts no more: it is old, or its writer has left a post since."""
        self.old().delete()
        people: dict[int, Writer] = {}  # each once, since what posts they hold is a query
        for draft in self.select_related("person"):
            if not draft.counts_for(people.setdefault(draft.person_id, draft.person)):
                draft.delete()


def texts_of(typed: QueryDict) -> list[str]:
    """Without numbers: a form's choices mean nothing without it."""
    texts = [text.strip() for name, values in typed.lists() if name not in NO_TEXT for text in values]
    return [text for text in texts if text and not text.isdecimal()]


def keys_of_posts(person: Writer) -> str:
    return " ".join(str(key) for key in sorted(post.pk for post in person.posts))


class Draft(models.Model):
    """What was typed is encrypted, so that a copy of the database does not tell it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    path = models.CharField(max_length=500)  # of the form
    about = models.CharField(max_length=16, default="", blank=True)  # the form's mark; "" in older drafts
    posts = models.TextField()  # the keys of those that the person held
    saved_at = models.DateTimeField(db_index=True)
    sealed = models.TextField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "path", "about"], name="one_draft_of_a_form")
        ]

    def __str__(self) -> str:
        return f"Draft of {self.path}"

    def counts_for(self, person: Writer) -> bool:
        has_posts = set(self.posts.split()) <= {str(post.pk) for post in person.posts}
        return has_posts and self.saved_at > clock.now() - KEPT_FOR

    def was_seen(self, sent: QueryDict) -> bool:
        """Whether the page that sends this began with this version of it, or saved it."""
        page = self.typed.fields.get(DRAFT_PAGE) if self.typed else None
        return sent.get(DRAFT_SHOWN) == self.shown_as or (page is not None and page == sent.get(DRAFT_PAGE))

    @property
    def name(self) -> str:
        """Of its form, and of what that is about."""
        return (self.typed.fields.get(DRAFT_NAME) if self.typed else None) or self.path

    @property
    def shown_as(self) -> str:
        """What tells this version of it from a later one."""
        return self.saved_at.isoformat()

    @property
    def mark(self) -> str:
        """Of the form that it was typed into; "" if that is not known."""
        return self.about or (self.typed.about if self.typed else "")

    def is_of(self, mark: str) -> bool:
        """Whether it was typed into the form of this mark; where that is not known, it may have been."""
        return self.mark in ("", mark)

    @property
    def texts(self) -> list[str]:
        """What was typed, to be copied where its form is gone."""
        return texts_of(self.typed.fields) if self.typed else []

    @cached_property
    def typed(self) -> sealing.Typed | None:
        return sealing.unseal(self.sealed, within=None)


class LastWrite(models.Model):
    """When this database could last be written to (gscp/writing.py). One row, no part of the record."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Written at {self.at}"
