"""The thread of a recommendation: each action that comes from it, what was done, decided and found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actions.models import (
    Action,
    Evidence,
    ExceptionReport,
    ProgressUpdate,
    Recommendation,
    RecommendedAction,
)
from actions.models.chain import GRANTED_OR_DONE, Kind
from actions.models.tested import impact_tested, standing_of_each
from gscp.words import lower_first

MOST_UPDATES = 5  # of an action, the latest


@dataclass(frozen=True)
class Part:
    """An action on the thread, of one plan; `reports` are those by which it was closed and opened again."""

    action: Action
    updates: Sequence[ProgressUpdate]
    update_count: int
    reports: Sequence[ExceptionReport]
    evidence: Sequence[Evidence]  # the newest versions

    is_tested: bool

    @property
    def last_report(self) -> ExceptionReport | None:
        return self.reports[-1] if self.reports else None

    @property
    def decided_in_words(self) -> str:
        if self.action.status == Action.Status.COMPLETE:
            return "Complete, as decided"
        if not self.action.is_open:
            return self.action.get_status_display()
        if last := self.last_report:
            return f"{last.get_kind_display()}: {lower_first(last.state_in_words)}"
        return "Not decided yet"

    @property
    def completions(self) -> list[ExceptionReport]:
        return [one for one in self.reports if one.kind == Kind.COMPLETION]

    @property
    def impact_in_words(self) -> str:
        granted = [one for one in self.completions if one.state in GRANTED_OR_DONE]
        last = granted[-1] if granted else None
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
    """A few queries, however many actions come from it."""
    named = [one for one in recommendation.recommended_actions.all() if one.stands]
    stands = standing_of_each([one.action for one in named])
    parts = parts_of([action for actions in stands.values() for action in actions])
    return [Strand(one, [parts[action.pk] for action in stands[one.action_id]]) for one in named]


def parts_of(actions: list[Action]) -> dict[int, Part]:
    """By the key of each action."""
    keys = [action.pk for action in actions]
    all_updates: Any = ProgressUpdate.objects.standing()  # mypy knows no annotation
    updates, reports, evidence = defaultdict(list), defaultdict(list), defaultdict(list)
    of_actions = all_updates.filter(action__in=keys).select_related("first__change", "change")
    for update in of_actions.order_by("-reported_in"):
        updates[update.action_id].append(update)
    closing = ExceptionReport.objects.filter(action__in=keys, kind__in=(Kind.COMPLETION, Kind.REOPENING))
    for report in closing.for_pages().order_by("pk"):
        reports[report.action_id].append(report)
    for piece in Evidence.objects.of_actions(keys):
        evidence[piece.about.action_id].append(piece)
    tested = impact_tested(keys)
    return {
        one.pk: Part(
            one,
            updates[one.pk][:MOST_UPDATES],
            len(updates[one.pk]),
            reports[one.pk],
            evidence[one.pk],
            one.pk in tested,
        )
        for one in actions
    }
