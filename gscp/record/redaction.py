"""The one removal: a text is taken out of the record, and the proof that it was there stays."""

import logging
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils.functional import cached_property

from gscp.record import ledger
from gscp.record.change import REASON, TOMBSTONE, Change, ChangeText, attach_names
from gscp.record.fields import ClearText, FileHash
from gscp.record.files import remove_unnamed
from gscp.record.taken_out import note
from gscp.record.tracked import History, Tracked, TrackedQuerySet, history_of

logger = logging.getLogger(__name__)


class RedactionQuerySet(TrackedQuerySet["Redaction"]):
    def asked(self) -> "RedactionQuerySet":
        return self.filter(state=Redaction.State.ASKED)

    def acts(self) -> list["Redaction"]:
        # Of those that were asked for in one act, and so are decided together, the first.
        rows = self.select_related("change").order_by("-pk")
        return list({row.change.act: row for row in rows}.values())

    def not_refused(self) -> "RedactionQuerySet":
        # Of each text there is at most one.
        return self.exclude(state=Redaction.State.REFUSED)

    def done_pairs(self) -> frozenset[tuple[int, str]]:
        """The texts that were ever taken out: number of the entry that entered it, and field."""
        done = history_of(Redaction).objects.filter(state=Redaction.State.DONE)
        return frozenset(done.values_list("entry", "field"))


class Redaction(Tracked):
    """One text to be taken out, or taken out.

    What was typed once may be in several entries and fields of its act. Each has a row; they are asked for
    and decided together. Who asked and decided, when and why, is in the entries of these rows.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        DONE = "done", "Taken out"
        REFUSED = "refused", "Refused"

    # The text: of this field of this entry, by number. __str__() says both. `change`, which every tracked row
    # has, is the latest entry on the redaction itself.
    entry = models.BigIntegerField(editable=False)
    field = ClearText(max_length=60, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)

    objects = RedactionQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager
    history = History()

    class Meta:
        ordering = ["-change", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "field"],
                condition=~models.Q(state="refused"),
                name="one_redaction_a_text",
            )
        ]

    def __str__(self) -> str:
        text = self._texts().first()  # the database, not this name, says that there has to be one
        return f"Redaction of {f'“{text.label}”' if text else 'a text'} in change {self.entry}"

    def concerns(self) -> dict[str, Any]:
        return Change.objects.values(*ledger.CONCERNS).get(number=self.entry)

    @staticmethod
    def ask(*texts: ChangeText) -> None:
        """Ask to take them out together, each with what has to go with it.

        Raises:
            ValidationError: of one of them there is nothing to take out, or it was asked already.
        """
        for text in texts:
            if why_not := Redaction.why_not_askable(text):
                raise ValidationError(why_not)
        copies = {(copy.change_id, copy.field) for text in texts for copy in taken_together(text)}
        for entry, field in sorted(copies):
            Redaction(entry=entry, field=field).save()

    @staticmethod
    def why_not_askable(text: ChangeText) -> str:  # "" if it can be asked for
        if earlier := Redaction.objects.not_refused().filter(entry=text.change_id, field=text.field).first():
            came = "It waits to be decided" if earlier.state == Redaction.State.ASKED else "It was taken out"
            return f"Taking out this text was asked for before. {came}."
        if text.value in ("", TOMBSTONE):
            return "There is no text here to take out."
        return ""

    def together(self) -> models.QuerySet["Redaction"]:
        # What is asked for in one act is decided in one act.
        return Redaction.objects.filter(change__act=self.change.act).order_by("pk")

    @cached_property
    def texts(self) -> list[ChangeText]:
        asked = {(redaction.entry, redaction.field) for redaction in self.together()}
        texts = ChangeText.objects.filter(change__in={entry for entry, _ in asked}).select_related("change")
        found = [text for text in texts.order_by("change", "field") if (text.change_id, text.field) in asked]
        attach_names(text.change for text in found)
        return found

    @property
    def concerned_ids(self) -> set[int | None]:
        return concerned_by(self.texts)

    @property
    def text(self) -> ChangeText:
        return self._texts().get()

    def _texts(self) -> models.QuerySet[ChangeText]:
        return ChangeText.objects.select_related("change").filter(change=self.entry, field=self.field)

    @property
    def request_entry(self) -> Change:
        return Change.objects.get(model=self._meta.label_lower, object_id=self.pk, created=True)

    @property
    def decision_entry(self) -> Change | None:
        return None if self.state == self.State.ASKED else self.change

    @property
    def asked_by_id(self) -> int | None:
        return self.request_entry.actor_id

    def refuse(self) -> None:
        self._decide(self.State.REFUSED)

    def consent(self) -> None:
        files = {text.value for text in self.texts if is_file(text)}
        decided = self._decide(self.State.DONE)
        for redaction in decided:
            redaction._take_out()
        transaction.on_commit(cut_log)
        # Functions with names: Django logs the name of one that fails, and of a partial() it finds none.
        transaction.on_commit(lambda: note(decided), robust=True)
        # Where this fails, or the process is killed before it, the nightly check removes them.
        transaction.on_commit(lambda: remove_unnamed(files), robust=True)

    def _decide(self, state: str) -> list["Redaction"]:
        if self.state != self.State.ASKED:
            raise ValidationError(f"This was decided before: {self.get_state_display().lower()}.")
        decided = list(self.together())
        for redaction in decided:
            redaction.state = state
            redaction.save()
        return decided

    def _take_out(self) -> None:
        # Out of the row, if it holds the text still, out of its history rows, and out of ChangeText.
        text = self.text
        model: type[Tracked] = apps.get_model(text.change.model)
        rows = history_of(model).objects.filter(id=text.change.object_id, change__gte=self.entry)
        later = ChangeText.objects.filter(field=self.field, replaces=self.entry).first()
        if self.field == REASON:
            rows = rows.filter(change=self.entry)
        elif later:
            rows = rows.filter(change__lt=later.change_id)
        else:
            # It keeps its number: nothing was reported, asked or decided on the day a text was taken out.
            model._base_manager.filter(pk=text.change.object_id).update(**{self.field: TOMBSTONE})
        rows.update(**{self.field: TOMBSTONE})
        ChangeText.objects.filter(pk=text.pk).update(value=TOMBSTONE, salt="")


def is_file(text: ChangeText) -> bool:
    """Whether it is the hash of a file, which goes with it."""
    model: type[Tracked] = apps.get_model(text.change.model)
    return text.field != REASON and isinstance(model._meta.get_field(text.field), FileHash)


def taken_together(text: ChangeText) -> models.QuerySet[ChangeText]:
    """What goes with a text: each copy of it that its act entered. Of a file each text that is its hash."""
    if not is_file(text):
        return text.copies()
    same = ChangeText.objects.filter(value=text.value)
    return same.select_related("change").order_by("change_id", "field")


def is_file_asked_for(sha256: str) -> bool:
    """Whether it waits to be decided that this file goes."""
    asked = Redaction.objects.asked().filter(entry=models.OuterRef("change"), field=models.OuterRef("field"))
    return ChangeText.objects.filter(models.Exists(asked), value=sha256).exists()


def concerned_by(texts: Iterable[ChangeText]) -> set[int | None]:
    """Who wrote one of the texts, or has the name or e-mail that is one."""
    users, concerned = settings.AUTH_USER_MODEL.lower(), set()
    for text in texts:
        concerned.add(text.change.actor_id)
        if text.change.model == users and text.field != REASON:
            concerned.add(text.change.object_id)
    return concerned


def cut_log() -> None:
    # SQLite's write-ahead log keeps the pages as they were, until all of it is in the database and it is cut.
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, *_ = cursor.fetchone()
    if busy:
        logger.error("What was taken out is still in SQLite's log: somebody was reading. Stop all servers.")
