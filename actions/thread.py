"""The thread of a recommendation: each action that comes from it, what was done, decided and found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actions.models import (
    Action,
    Evidence,
    ExceptionReport,
    ExceptionStep,
    ProgressUpdate,
    Recommendation,
    RecommendedAction,
)
from actions.models.chain import Kind
from actions.models.tested import impact_tested, standing_as

MOST_UPDATES = 5  # of an action, the latest


@dataclass(frozen=True)
class Part:
    """An action on the thread, of one plan; `reports` are those by which it was closed and opened again."""

    action: Action
    updates: Sequence[ProgressUpdate]
    update_count: int
    reports: Sequence[ExceptionReport]
    evidence: Sequence[Evidence]  # the newest versions

    @property
    def decisions(self) -> list[ExceptionStep]:
        return [step for report in self.reports for step in report.decisions]

    @property
    def last_report(self) -> ExceptionReport | None:
        return self.reports[-1] if self.reports else None

    @property
    def is_tested(self) -> bool:
        return self.action.pk in impact_tested([self.action.pk])

    @property
    def decided_in_words(self) -> str:
        if self.action.status == Action.Status.COMPLETE:
            return "Complete, as decided"
        asked = [report for report in self.reports if report.is_undecided]
        if asked:
            return f"Asked: {asked[-1].get_kind_display().lower()}"
        return (
            "Opened again" if any(one.kind == Kind.REOPENING for one in self.reports) else "Not decided yet"
        )

    @property
    def completions(self) -> list[ExceptionReport]:
        return [one for one in self.reports if one.kind == Kind.COMPLETION]

    @property
    def impact_in_words(self) -> str:
        completions = self.completions
        last = completions[-1] if completions else None
        if last is None:
            return "Not tested yet"
        if check := last.impact_found:
            return check.get_finding_display()
        if last.outstanding:
            return last.outstanding[:1].upper() + last.outstanding[1:]
        if not last.impact:
            return "Not tested yet"
        return "Told with the completion, with evidence" if self.is_tested else "Told, not tested yet"


@dataclass(frozen=True)
class Strand:
    """What one action that comes from it became, over all years; the first part is how it stands."""

    named: RecommendedAction
    parts: Sequence[Part]


def strands_of(recommendation: Recommendation) -> list[Strand]:
    named = [one for one in recommendation.recommended_actions.all() if one.stands]
    return [Strand(one, [part_of(action) for action in standing_as([one.action])]) for one in named]


def part_of(action: Action) -> Part:
    updates: Any = action.updates.standing()  # mypy knows no annotation
    latest = updates.select_related("first__change", "change").order_by("-reported_in")[:MOST_UPDATES]
    kinds = (Kind.COMPLETION, Kind.REOPENING)
    reports = action.exception_reports.filter(kind__in=kinds).for_pages().order_by("pk")
    return Part(
        action, list(latest), updates.count(), list(reports), list(Evidence.objects.of_action(action))
    )
