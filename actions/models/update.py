"""The updates: what is reported on an action, meeting by meeting."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from actions.models.line import before_it_went_on
from actions.models.plan import Rating, refuse_if_closed
from gscp.record import Change, FreeText, History, Tracked, TrackedQuerySet
from subgroups.models import Group, Post, User
from subgroups.models.groups import groups_by_key


def group_of_entry(entry: Change | None) -> Group | None:
    """The group that was responsible for the action when this was entered; it may be another today."""
    return groups_by_key().get(entry.group or 0) if entry else None


class ProgressUpdateQuerySet(TrackedQuerySet["ProgressUpdate"]):
    def latest_of(self, action: models.Model | models.OuterRef) -> Self:
        """The updates on this action that count, the one that was reported last first.

        In a subquery `action` is the outer query's key.
        """
        return self.standing().filter(action=action).order_by("-reported_in")

    def keys_that_count(
        self, line: Mapping[int, int | None], until: int | None = None
    ) -> list[tuple[int, bool]]:
        """Of each update on these actions that counts its key, and whether it is a nil return.

        That of the report that was made last comes first. Of an action with the number of an entry those
        reported before it count; with `until`, what was written up to this one. These are the updates of
        latest_of(), by a statement that Django puts together in a fifth of the time.
        """
        columns = ("pk", "action_id", "first_id", "nil_return", "change_id", "confirmation__is_so")
        # Of each action, by the key of the first of its updates, in the order in which they were made.
        reports: dict[int, dict[int, tuple[int, bool, int]]] = {action: {} for action in line}
        rows = self.filter(action__in=line).order_by("change_id").values_list(*columns)
        for key, action, first, is_nil, number, is_so in rows:
            if until is not None and number > until:
                break
            _, _, made = reports[action].setdefault(first or key, (0, is_nil, number))
            if is_so is not False:
                reports[action][first or key] = key, is_nil, made
        counting = [
            (made, key, is_nil)
            for action, went_on in line.items()
            for key, is_nil, made in reports[action].values()
            if key and before_it_went_on(made, went_on)
        ]
        return [(key, is_nil) for _, key, is_nil in sorted(counting, reverse=True)]

    def rated_last(self, actions: Collection[int]) -> list[int]:
        """The key of that of these actions on which a rating was reported last; empty if none was."""
        rated = self.in_order().filter(action__in=actions, nil_return=False)
        return list(rated.reverse().values_list("action", flat=True)[:1])

    def in_order(self) -> Self:
        return self.standing().order_by("reported_in")

    def since(self, entry: int) -> Self:
        """Those that count and were reported after this entry."""
        return self.standing().filter(reported_in__gt=entry)

    def in_force(self) -> Self:
        """Those of which no chair has said that they are not so."""
        # A join would be to all confirmations, worked out anew for each row, while somebody looks back.
        confirmations = apps.get_model("actions.Confirmation")._base_manager
        return self.filter(~Exists(confirmations.filter(update=OuterRef("pk"), is_so=False)))

    def standing(self) -> Self:
        """Those in force that no correction in force replaces, each with the entry by which it was reported.

        By `change_id` and not by `change`, which would join the ledger to the query.
        """
        reported_in = Coalesce("first__change_id", "change_id")
        return self.in_force().filter(~is_corrected()).annotate(reported_in=reported_in)

    def replaced(self) -> Self:
        """Those that count no more: they were corrected, or their chair said that they are not so."""
        return self.filter(counts_no_more())

    def to_report_anew(self) -> Self:
        """Those of which the chair said that they are not so, where nothing was reported since."""
        said = OuterRef("confirmation__change_id")
        later = ProgressUpdate.objects.filter(action=OuterRef("action"), change_id__gt=said)
        not_so = self.filter(confirmation__is_so=False).filter(~Exists(later))
        return not_so.select_related("action__plan", "confirmation__change")

    def entered_on_behalf(self) -> Self:
        return self.filter(on_behalf=True).select_related(
            "change", "confirmation", "action__plan", "action__group"
        )

    def unconfirmed(self) -> Self:
        # Of one that was corrected the correction is confirmed.
        return self.standing().entered_on_behalf().filter(confirmation=None)


def counts_no_more() -> Q:
    return Q(confirmation__is_so=False) | Q(is_corrected())


def is_corrected() -> Exists:
    """Whether there is a later correction in force of the same report."""
    of_this_report = Coalesce(OuterRef("first_id"), OuterRef("pk"))
    corrections = ProgressUpdate.objects.in_force().filter(first_id=of_this_report).order_by()
    return Exists(corrections.filter(change_id__gt=OuterRef("change_id")))


class ProgressUpdate(Tracked):
    """What was reported on an action; never edited.

    When it was made, by whom and from which post is in its entry in the ledger (`change`). A correction is an
    update that points to the one before it (`corrects`) and to the first of them (`first`). The last in force
    counts, as of the moment when the first was reported: mending a slip makes no report punctual or new.
    """

    action = models.ForeignKey("actions.Action", models.PROTECT, related_name="updates", db_index=False)
    nil_return = models.BooleanField(default=False)
    done = FreeText("what was done", blank=True)
    difference = FreeText("what difference it made for children", blank=True)
    rating = models.CharField(max_length=10, choices=Rating, blank=True)
    next_step = FreeText(blank=True)
    blocker = FreeText("what is in the way", blank=True, max_length=2000)
    unblocker = FreeText("who can remove it", blank=True, max_length=300)
    forecast = models.DateField("forecast date", null=True, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    on_behalf = models.BooleanField("on behalf of the chair", default=False)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name="corrects"
    )
    first = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="first report"
    )
    what_was_wrong = FreeText(blank=True, max_length=2000)

    # What is reported; the other fields say by whom, and on whose behalf.
    REPORTED_FIELDS = (
        "nil_return",
        "done",
        "difference",
        "rating",
        "next_step",
        "blocker",
        "unblocker",
        "forecast",
    )

    objects = ProgressUpdateQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = ("action",)
    fixed = ("first",)
    history = History()

    class Meta:
        ordering = ["-change"]
        verbose_name = "update"
        indexes = [models.Index(fields=["action", "change"])]  # finds the latest of an action
        constraints = [
            models.CheckConstraint(
                condition=Q(nil_return=True, done="", rating="")
                | (Q(nil_return=False) & ~Q(done="") & ~Q(rating="")),
                name="an_update_says_something_or_is_nil",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None, first=None, what_was_wrong="")
                | (Q(corrects__isnull=False, first__isnull=False, nil_return=False) & ~Q(what_was_wrong="")),
                name="a_correction_says_what_was_wrong",
            ),
        ]

    reported_in: int  # added by standing()
    other_versions: list[ProgressUpdate]  # set by versions_shown() of the views
    evidence: list[Any]  # set by attach_evidence() of the views
    # Set by attach_late_for(): the day of the meeting for which it came late, or was corrected too late.
    late_for: date | None
    changed_for: date | None

    def __str__(self) -> str:
        return f"{'Nil return' if self.nil_return else 'Update'} on {self.action}"

    def check_change(self, changed: Collection[str]) -> None:
        refuse_if_closed(self.action.plan)

    @property
    def is_confirmed(self) -> bool:
        """Whether the chair said of it that it is so, or that it is not."""
        return hasattr(self, "confirmation")

    @property
    def is_not_so(self) -> bool:
        return self.is_confirmed and not self.confirmation.is_so

    @property
    def other_versions_in_words(self) -> str:
        return "See what it said before" if self.first_id else "See the correction that was not so"

    @property
    def counts(self) -> bool:
        return ProgressUpdate.objects.standing().filter(pk=self.pk).exists()

    @property
    def reported_number(self) -> int | None:
        return self.first.change_id if self.first else self.change_id

    @property
    def reported(self) -> Change:
        """The entry by which it was reported first, whatever was corrected since."""
        return (self.first or self).change

    def reported_values(self) -> list[Any]:
        return [getattr(self, name) for name in self.REPORTED_FIELDS]

    @property
    def reason(self) -> str:
        return self.change.reason

    @property
    def group(self) -> Group:
        """The group whose chair reports it: the one that was responsible then."""
        return group_of_entry(self.change) or self.action.group

    @property
    def lead_posts(self) -> list[Post]:
        return self.action.lead_posts

    @property
    def author_ids(self) -> set[int]:
        """Whose report it is: who entered it, and the chair who confirmed it."""
        confirmed_by = {self.confirmation.confirmed_by_id} if self.is_confirmed else set()
        return {self.entered_by_id} | confirmed_by
