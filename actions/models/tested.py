"""Where an action that comes from a recommendation ended up, and whether its impact was tested."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q
from django.utils import timezone

from actions.models.action import Action
from actions.models.chain import CHECK_IMPACT, GRANTED_OR_DONE, Kind
from actions.models.evidence import Evidence
from actions.models.exception import ExceptionReport
from actions.models.impact_choices import Finding
from actions.models.line import earlier_actions, going_on_with
from actions.models.step import ExceptionStep
from gscp.dates import day_in_words


def standing_as(actions: list[Action]) -> list[Action]:
    """What became of these, over all years: each that is open or ended for good, and once."""
    stands = standing_of_each(actions)
    return list({one.pk: one for action in actions for one in stands[action.pk]}.values())


def standing_of_each(actions: list[Action]) -> dict[int, list[Action]]:
    """The same by the key of each of these. One query for all of them."""
    earlier, keys = earlier_actions(), going_on_with([one.pk for one in actions])
    went_on = {before for line in earlier.values() for before in line}
    stands = Action.objects.filter(pk__in=keys).filter(Q(status__in=Action.OPEN) | ~Q(pk__in=keys & went_on))
    found = list(stands.select_related("plan", "group").order_by("pk"))
    return {
        action.pk: [one for one in found if action.pk == one.pk or action.pk in earlier.get(one.pk, ())]
        for action in actions
    }


def impact_tested(actions: Collection[int]) -> set[int]:
    """Of these, by their keys, those whose impact was tested: the last check of it found some.

    Without a check it counts as tested where the completion says what difference it made, and evidence that
    was added to it shows that. Three queries, however many they are.
    """
    granted = ExceptionReport.objects.filter(
        action__in=actions,
        action__status=Action.Status.COMPLETE,
        kind=Kind.COMPLETION,
        state__in=GRANTED_OR_DONE,
    )
    last = {
        action: (key, impact)
        for action, key, impact in granted.order_by("pk").values_list("action", "pk", "impact")
    }
    checks = ExceptionStep.objects.filter(report__in=[key for key, _ in last.values()], move=CHECK_IMPACT)
    found = dict(checks.order_by("change_id").values_list("report", "finding"))
    shown = Evidence.objects.of_impact([key for key, impact in last.values() if impact])
    return {
        action
        for action, (key, _) in last.items()
        if (found[key] != Finding.NOT if key in found else key in shown)
    }


def came_later(actions: list[Action], day: date) -> str:
    """Which of these was complete, or was found to have an impact, only after this day; "" if none."""
    keys = [one.pk for one in standing_as(actions)]
    of_completions = ExceptionStep.objects.in_force().filter(
        report__action__in=keys, report__kind=Kind.COMPLETION, report__state__in=GRANTED_OR_DONE
    )
    steps = of_completions.select_related("report__action__plan", "meeting__group", "change").order_by("pk")
    for step in steps.filter(Q(move=CHECK_IMPACT) | Q(meeting__isnull=False)):
        action = step.report.about
        on = step.meeting.date if step.meeting else timezone.localdate(step.change.clock)
        if on > day:
            what = "was complete" if step.meeting else "was checked for impact"
            return f"{action} of {action.plan.label} {what} on {day_in_words(on)} only."
    return ""


def reopening_asked(actions: list[Action]) -> str:
    """Which of these it is asked to reopen, undecided, in a sentence; "" if none."""
    undecided = ExceptionReport.objects.undecided_or_provisional().filter(kind=Kind.REOPENING)
    asked = undecided.filter(action__in=standing_as(actions)).select_related("action__plan").first()
    if asked is None:
        return ""
    return f"It is asked to reopen {asked.about} of {asked.about.plan.label}, and that is not decided yet."


def why_not_implemented(actions: list[Action]) -> str:
    """Why what comes from a recommendation does not make it implemented; "" if it does."""
    if not actions:
        return "No action comes from it."
    stands = standing_as(actions)
    if still_open := [one for one in stands if one.is_open]:
        return f"{still_open[0]} of {still_open[0].plan.label} is still open."
    complete = [one for one in stands if one.status == Action.Status.COMPLETE]
    if not complete:
        return "No action from it is complete."
    tested = impact_tested([one.pk for one in complete])
    untested = [one for one in complete if one.pk not in tested]
    if untested:
        what = f"The impact of {untested[0]} of {untested[0].plan.label} is not tested yet"
        return f"{what}: no check found it, and no evidence of its completion shows it."
    return ""
