"""Evidence: a link or a file that shows what was done, or what difference it made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from actions.models.action import Action
from actions.models.chain import Kind
from actions.models.exception import ExceptionReport
from actions.models.recommendation import Recommendation
from actions.models.update import ProgressUpdate
from actions.tables.kinds import KINDS
from gscp.record import (
    TOMBSTONE,
    FileHash,
    FreeText,
    History,
    Tracked,
    TrackedQuerySet,
    is_file_asked_for,
)
from gscp.words import lower_first
from subgroups.models import Audit, Group, Post, User

# What evidence is about: one of these, for good. Each has a group, and a page or a place on one.
SUBJECTS = ("update", "report", "audit", "recommendation")
ASKED_FOR = (
    "It waits to be decided that this very file is taken out of the record, so it cannot be added. "
    "Ask the Business Manager."
)


# Its file, or its link, was taken out of the record.
TOMBSTONE_IS_LEFT = Q(sha256=TOMBSTONE) | Q(link=TOMBSTONE)


def about_one() -> Q:
    """That exactly one of SUBJECTS is set."""
    condition = Q()
    for chosen in SUBJECTS:
        condition |= Q(**{f"{name}__isnull": name != chosen for name in SUBJECTS})
    return condition


def web_address(link: str) -> None:
    if "@" in link.partition("//")[2].partition("/")[0]:
        raise ValidationError("This address has a user name in it. Give one that each reader can open.")
    if link != TOMBSTONE:
        URLValidator(("http", "https"), message="Write the whole address, as https://www.example.org/page")(
            link
        )


class EvidenceQuerySet(TrackedQuerySet["Evidence"]):
    def for_lists(self) -> EvidenceQuerySet:
        """The newest of each line of versions first, with who added it and who looked at it."""
        seen = models.Prefetch("seen", EvidenceSeen.objects.select_related("change").order_by("pk"))
        return self.select_related("change", *SUBJECTS).prefetch_related(seen).order_by("-pk")

    def newest(self) -> EvidenceQuerySet:
        return self.filter(replaced_by=None)

    def of_actions(self, actions: Collection[int]) -> EvidenceQuerySet:
        """The newest versions of what was added to their updates, and to what was asked of them."""
        added = Q(update__action__in=actions) | Q(report__action__in=actions)
        return self.newest().filter(added).select_related(*SUBJECTS)

    def of_impact(self, reports: Collection[int]) -> set[int]:
        """Of these completions, by their keys, those with evidence of what difference it made."""
        rows = self.newest().filter(report__in=reports, shows=Evidence.Shows.IMPACT)
        return set(rows.exclude(TOMBSTONE_IS_LEFT).order_by().values_list("report", flat=True))

    def actions_shown(self, actions: Collection[int]) -> set[int]:
        """Of these actions, by their keys, those of which some evidence was added."""
        rows = self.newest().filter(Q(update__action__in=actions) | Q(report__action__in=actions))
        rows = rows.exclude(TOMBSTONE_IS_LEFT)
        return {
            of_update or of_report
            for of_update, of_report in rows.order_by().values_list("update__action", "report__action")
        }


class Evidence(Tracked):
    """One version of a piece of evidence; never edited. A later one points to the one that it replaces."""

    class Shows(models.TextChoices):
        ACTIVITY = "activity", "What was done"
        IMPACT = "impact", "What difference it made for children"

    update = models.ForeignKey(
        ProgressUpdate, models.PROTECT, null=True, blank=True, related_name="evidence_added"
    )
    report = models.ForeignKey(
        ExceptionReport, models.PROTECT, null=True, blank=True, related_name="evidence_added"
    )
    audit = models.ForeignKey(Audit, models.PROTECT, null=True, blank=True, related_name="evidence_added")
    recommendation = models.ForeignKey(
        Recommendation, models.PROTECT, null=True, blank=True, related_name="evidence_added"
    )
    shows = models.CharField("what it proves", max_length=10, choices=Shows)
    text = FreeText("what it shows", max_length=1000)
    link = FreeText("link", blank=True, max_length=1000, validators=[web_address])
    sha256 = FileHash("file", blank=True)
    file_name = FreeText("name of the file", blank=True, max_length=200)
    size = models.BigIntegerField("size in bytes", null=True, blank=True)
    kind = models.CharField(
        "kind of file",
        max_length=10,
        blank=True,
        choices=[(name, kind.title) for name, kind in KINDS.items()],
    )
    text_read = models.BooleanField("its text was looked through", default=False)
    scanned = models.BooleanField("scanned for viruses", default=False)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="replaces"
    )
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="added by")
    on_behalf = models.BooleanField("on behalf of the chair", default=False)

    objects = EvidenceQuerySet.as_manager()  # type: ignore[misc]  # mypy: the base's is a class variable
    part_of = SUBJECTS
    fixed = ("replaces",)
    history = History()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "evidence"
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(condition=about_one(), name="evidence_is_about_one_thing"),
            models.CheckConstraint(
                condition=(~Q(link="") & Q(sha256="", file_name="", kind="", size=None))
                | (Q(link="", size__gt=0) & ~Q(sha256="") & ~Q(file_name="") & ~Q(kind="")),
                name="evidence_is_a_link_or_a_file",
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence for {lower_first(str(self.about))}"

    def get_absolute_url(self) -> str:
        return reverse("evidence_detail", args=[self.pk])

    def clean(self) -> None:
        if self.report and self.report.kind != Kind.COMPLETION:
            raise ValidationError(
                "Evidence is added to an update, a request to complete, an audit or a recommendation."
            )

    def check_change(self, changed: Collection[str]) -> None:
        if why_not := self.why_not_addable:
            raise ValidationError(why_not)

    @property
    def about(self) -> Any:
        return next(filter(None, (getattr(self, name) for name in SUBJECTS)))

    @property
    def about_name(self) -> str:
        return next(name for name in SUBJECTS if getattr(self, f"{name}_id"))

    @property
    def action(self) -> Action | None:
        """None of an audit, which is of a group, and of a recommendation, which may have several."""
        action: Action | None = getattr(self.about, "action", None)
        return action

    @property
    def group(self) -> Group:
        """The group that answers for what it is about today."""
        group: Group = (self.action or self.about).group
        return group

    @property
    def lead_posts(self) -> list[Post]:
        return getattr(self.action or self.about, "lead_posts", [])

    @property
    def asker_ids(self) -> set[int]:
        """Who did what it proves, or said so: they do not look at it for the groups above."""
        asked = self.report.asker_ids if self.report else set()
        told = self.update.author_ids if self.update else set()
        return {self.entered_by_id} | asked | told

    @property
    def is_own_of_top_group(self) -> bool:
        return self.group.acting_group().is_top

    @property
    def why_not_addable(self) -> str:
        """ "" if it can be added now."""
        if self.recommendation:
            return self.recommendation.why_settled
        if self.action is None or (self.report and self.report.outstanding):
            return ""  # of a completion it is still to be checked whether it made a difference
        return self.action.plan.why_frozen

    @property
    def is_file(self) -> bool:
        return bool(self.sha256)

    @property
    def is_taken_out(self) -> bool:
        """Whether what it was is gone: its file, or its link."""
        return TOMBSTONE in (self.sha256, self.link)

    @property
    def named(self) -> str:
        """What a list calls it: the name of its file, or its link."""
        if self.sha256 == TOMBSTONE:
            return "The file was taken out of the record"
        if self.link == TOMBSTONE:
            return "The link was taken out of the record"
        if self.file_name == TOMBSTONE:
            return f"{KINDS[self.kind].title}, its name taken out of the record"
        return self.file_name or self.link

    def add(self) -> None:
        """Raises ValidationError where the file is to be taken out, or the version was replaced already."""
        if self.sha256 and is_file_asked_for(self.sha256):
            raise ValidationError({"file": ASKED_FOR})
        if self.replaces and not self.replaces.is_newest:
            raise ValidationError("Somebody added a newer version meanwhile: yours can replace that one.")
        self.save()

    @property
    def is_newest(self) -> bool:
        return not Evidence.objects.filter(replaces=self).exists()

    def versions(self) -> list[Evidence]:
        """All of its line, the newest first; it is one of them."""
        newest = self
        while later := Evidence.objects.for_lists().filter(replaces=newest).first():
            newest = later
        line = [newest]
        while line[-1].replaces_id:
            line.append(Evidence.objects.for_lists().get(pk=line[-1].replaces_id))
        return line


class EvidenceSeen(Tracked):
    """Who of a group above looked at a piece of evidence, when, and what they found."""

    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="seen")
    seen_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="looked at by")
    found = FreeText("what they found", blank=True, max_length=1000)

    part_of = ("evidence",)
    history = History()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["evidence", "seen_by"], name="evidence_is_looked_at_once_by_each")
        ]

    def __str__(self) -> str:
        return f"{self.evidence}: looked at"
