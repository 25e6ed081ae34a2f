"""Which records of each kind hold all the words that somebody looks for, in all years.

A record of an action, such as an update, is found by its own words. Of several words some may be those of the
action: its number, its title, its plan. “005 training” finds the updates on 005 that speak of training.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models.functions import Coalesce

from actions import search
from actions.models import (
    Action,
    ActionLead,
    Addition,
    AgencyAnswer,
    Amendment,
    BusinessPlan,
    Evidence,
    ExceptionReport,
    ExceptionStep,
    Ownership,
    PlanDecision,
    ProgressUpdate,
    Recommendation,
    RecommendationOutcome,
    RecommendedAction,
    Successor,
)
from gscp.dates import day_in_words
from gscp.facts import fact
from gscp.words import folded
from subgroups.models import (
    Audit,
    Baseline,
    Escalations,
    Measure,
    Meeting,
    Post,
    Reading,
    TrainingCheck,
    TrainingEvent,
)
from subgroups.models.groups import groups_by_key
from subgroups.periods import Frequency, Period

MOST = 1_000  # records of a kind that can be paged through
Words = tuple[str, ...]  # folded
Held = dict[int, set[str]]  # by key: those of the words that it holds


@dataclass(frozen=True)
class Hits:
    count: int
    keys: tuple[int, ...]  # the first of them, at most MOST

    @property
    def is_cut(self) -> bool:
        return self.count > MOST

    @property
    def count_in_words(self) -> str:
        return f"more than {MOST:,}" if self.is_cut else f"{self.count:,}"


ACTIONS, MEETINGS, POSTS, PARTNERS, GROUPS, PLANS, PLAN_DECISIONS, MEASURES = (
    "actions", "meetings", "posts", "partners", "groups", "plans", "plan_decisions", "measures",
)  # fmt: skip
RECOMMENDATIONS = "recommendations"
UPDATES, REPORTS, STEPS = "updates", "requests", "decisions"  # under an action
EVIDENCE = "evidence"  # under an action, or an audit
AUDITS, TRAINING, CHECKS, ESCALATIONS = "audits", "training", "checks", "escalations"  # in a register


@dataclass(frozen=True)
class InRegister:
    """The lines of one kind in the registers of all groups."""

    model: Any
    texts: dict[str, str]  # by field, what it is called
    when: Callable[[Any], str]
    place: str  # of a line on its page: this word and its key


REGISTERS = {
    AUDITS: InRegister(
        Audit,
        {"focus": "What it looks at", "findings": "What it found"},
        lambda audit: day_in_words(audit.done_on or audit.planned_for),
        "audit",
    ),
    TRAINING: InRegister(
        TrainingEvent,
        {"title": "What it was about", "impact_said": "What was said of impact"},
        lambda event: day_in_words(event.held_on),
        "training",
    ),
    CHECKS: InRegister(
        TrainingCheck,
        {"training": "What was checked", "found": "What was found"},
        lambda check: day_in_words(check.checked_on),
        "check",
    ),
    ESCALATIONS: InRegister(
        Escalations,
        {"theme": "Theme"},
        lambda line: str(Period.holding(line.month, Frequency.MONTH)),
        "escalations",
    ),
}


def places_of(kind: str) -> list[int]:
    """Where in search.SEARCHED the texts of a kind are."""
    return [place for place, source in enumerate(search.SEARCHED) if source.of == kind]


@fact
def titles() -> tuple[tuple[int, str, str], ...]:
    """Of each action, the newest plan's first: key, folded number, and folded number, title and plan."""
    rows = Action.objects.order_by("-plan__first_day", "plan__label", "position", "pk")
    return tuple(
        (key, folded(ref), folded(f"{ref} {title} {label}"))
        for key, ref, title, label in rows.values_list("pk", "ref", "title", "plan__label")
    )


@fact
def hits(kind: str, words: Words) -> Hits:
    keys = KINDS[kind](words)
    return Hits(len(keys), tuple(keys[:MOST]))


def of_actions(words: Words) -> list[int]:
    """Those whose number is the word first, then those with the words in their titles."""
    held: Held = defaultdict(set)
    for place in places_of(ACTIONS):
        for _, action, word in search.rows_with(place, words):
            held[action].add(word)
    for word in words:
        for action in actions_of_names(word):
            held[action].add(word)
    found = [
        row
        for row in titles()
        if len(held[row[0]]) == len(words) or held_with_title(row[2], held[row[0]], words)
    ]
    found.sort(key=lambda row: (row[1] not in words, not all(word in row[2] for word in words)))
    return [key for key, *_ in found]


def held_with_title(title: str, held: set[str], words: Words) -> bool:
    return bool(held) and all(word in held or word in title for word in words)


def actions_of_names(word: str) -> Iterator[int]:
    """Actions whose owner, lead post or group is called so; of an owner, what came before or after it too."""
    if partners := search.partners_called(word):
        yield from Ownership.objects.filter(partner__in=partners, ended_on=None).values_list(
            "action", flat=True
        )
    if posts := [key for key, texts in post_texts() if word in texts]:
        yield from ActionLead.objects.filter(post__in=posts, ended_on=None).values_list("action", flat=True)
    if groups := [key for key, texts in group_texts() if word in texts]:
        yield from Action.objects.filter(group__in=groups).order_by().values_list("pk", flat=True)


def of_filed(kind: str, words: Words, all_of_them: bool = False) -> list[int]:
    """What is filed under actions, the newest first."""
    held: Held = defaultdict(set)
    action_of: dict[int, int] = {}
    for place in places_of(kind):
        # Nobody pages through more, and a common word is in tens of thousands.
        most = MOST + 1 if len(words) == 1 and not all_of_them else None
        for key, action, word in search.rows_with(place, words, most):
            held[key].add(word)
            action_of[key] = action
    if len(words) > 1:
        title_of = {key: title for key, _, title in titles()}
        found = [key for key in held if held_with_title(title_of[action_of[key]], held[key], words)]
    else:
        found = list(held)
    return sorted(found, reverse=True)


def of_updates(words: Words) -> list[int]:
    found = of_filed(UPDATES, words)
    shown = shown_of(found)
    # The newest alone were read, and some of them are not shown: there may be as many more.
    if len(shown) <= MOST < len(found):
        return shown_of(of_filed(UPDATES, words, all_of_them=True))
    return shown


def shown_of(found: list[int]) -> list[int]:
    """Of a report that was corrected, what it said before only where the words stand there alone."""
    if not found:
        return []
    rows = ProgressUpdate.objects.filter(pk__in=search.Keys(found)).order_by()
    report_of = dict(rows.values_list("pk", Coalesce("first_id", "pk")))
    replaced = set(rows.replaced().values_list("pk", flat=True))
    standing = {report for pk, report in report_of.items() if pk not in replaced}
    return [pk for pk in found if pk not in replaced or report_of[pk] not in standing]


def joined(*texts: str) -> str:
    return "\n".join(map(folded, texts))


@fact
def post_texts() -> tuple[tuple[int, str], ...]:
    families = family_names()
    return tuple(
        (
            post.pk,
            joined(*post.spellings, str(post.group or ""), *families.get(post.partner_id or 0, ())),
        )
        for post in Post.objects.select_related("group").order_by("name", "pk")
    )


@fact
def partner_texts() -> tuple[tuple[int, str], ...]:
    families = family_names()
    return tuple((one.pk, joined(*families[one.pk])) for one in search.partners())


@fact
def family_names() -> dict[int, tuple[str, ...]]:
    """Of each partner, its spellings, and those of its predecessors and successors."""
    return {
        key: tuple(name for other in family for name in other.spellings)
        for key, family in search.families().items()
    }


@fact
def group_texts() -> tuple[tuple[int, str], ...]:
    groups = sorted(groups_by_key().values(), key=lambda group: group.name)
    return tuple((group.pk, joined(*group.spellings)) for group in groups)


@fact
def meeting_texts() -> tuple[tuple[int, str], ...]:
    """The newest first."""
    return tuple(
        (one.pk, joined(str(one), str(one.date), *search.kept_texts(one.note, one.why_it_went_on)))
        for one in Meeting.objects.select_related("group").order_by("-date", "-pk")
    )


@fact
def plan_texts() -> tuple[tuple[int, str], ...]:
    return tuple(
        (plan.pk, joined(plan.label, *search.kept_texts(plan.title, plan.introduction)))
        for plan in BusinessPlan.objects.all()
    )


@fact
def plan_decision_texts() -> tuple[tuple[int, str], ...]:
    """The newest first."""
    rows = PlanDecision.objects.select_related("plan", "meeting__group", "confirmation").order_by("-pk")
    new = new_words(PlanDecision.objects.order_by().values("pk"))
    return tuple(
        (
            one.pk,
            joined(
                str(one), str(one.meeting),
                *search.kept_texts(one.reason, one.why_taken_back, one.why_not_so, *new[one.pk]),
            ),
        )
        for one in rows
    )  # fmt: skip


@fact
def recommendation_texts() -> tuple[tuple[int, str], ...]:
    said = said_of_recommendations()
    return tuple(
        (key, joined(f"recommendation {number}", *search.kept_texts(*(text for _, text in said[key]))))
        for key, number in Recommendation.objects.order_by("-pk").values_list("pk", "number")
    )


def said_of_recommendations() -> dict[int, list[tuple[str, str]]]:
    """By recommendation, what each of its texts is called, and the text; with those of what belongs to it."""
    of: list[tuple[Any, str, dict[str, str]]] = [
        (Recommendation.objects.all(), "pk", {"text": "What it says", "source": "Where the review says it"}),
        (AgencyAnswer.objects.all(), "recommendation", {"reason": "Why it answers so"}),
        (RecommendedAction.objects.all(), "recommendation", {"lacking": "What is missing in an action"}),
        (RecommendationOutcome.objects.all(), "recommendation", {"risk": "The risk that is accepted"}),
    ]
    return texts_of_rows(of)


@fact
def measure_texts() -> tuple[tuple[int, str], ...]:
    said = said_of_measures()
    return tuple(
        (measure.pk, joined(str(measure.group), *search.kept_texts(*(text for _, text in said[measure.pk]))))
        for measure in Measure.objects.select_related("group")
    )


def said_of_measures() -> dict[int, list[tuple[str, str]]]:
    """By measure, what each of its texts is called, and the text; with those of what belongs to it."""
    own = {"name": "Measure", "definition": "What it says", "numerator": "What is counted"}
    own |= {"denominator": "Out of what", "unit": "Unit", "source": "Where figures come from"}
    asked = {"what": "What is off plan", "cause": "Cause", "effect": "Effect on children"}
    asked |= {"recovery": "Recovery action", "asked_for": "The decision asked for"}
    of: list[tuple[Any, str, dict[str, str]]] = [
        (Measure.objects.all(), "pk", own),
        (Baseline.objects.all(), "measure", {"why": "New baseline"}),
        (Reading.objects.all(), "measure", {"commentary": "Figure", "what_was_wrong": "What was wrong"}),
        (ExceptionReport.objects.exclude(measure=None), "measure", asked),
        (ExceptionStep.objects.exclude(report__measure=None), "report__measure", {"reason": "Said of it"}),
    ]
    return texts_of_rows(of)


def texts_of_rows(of: list[tuple[Any, str, dict[str, str]]]) -> dict[int, list[tuple[str, str]]]:
    """Of rows, by this column of theirs: what each text is called, and the text."""
    texts: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for rows, column, fields in of:
        for key, *values in rows.order_by().values_list(column, *fields):
            texts[key] += [(label, text) for label, text in zip(fields.values(), values, strict=True) if text]
    return texts


@fact
def register_texts(kind: str) -> tuple[tuple[int, str], ...]:
    """The newest first."""
    of_kind = REGISTERS[kind]
    rows = of_kind.model.objects.values_list("pk", "group__name", *of_kind.texts)
    return tuple((key, joined(group, *search.kept_texts(*texts))) for key, group, *texts in rows)


def new_words(decisions: Iterable[Any]) -> dict[int, list[str]]:
    """By decision, the words that it gives to actions, in force or not."""
    texts: dict[int, list[str]] = defaultdict(list)
    additions = Addition.objects.filter(decision__in=decisions).order_by("pk")
    amendments = Amendment.objects.filter(decision__in=decisions).order_by("pk")
    parts = Successor.objects.filter(ending__decision__in=decisions).order_by("pk")
    for decision, *words in (
        *additions.values_list("decision", "ref", *NEW_WORDS, "driver_text"),
        *amendments.values_list("decision", *NEW_WORDS),
        *parts.values_list("ending__decision", "text"),
    ):
        texts[decision] += words
    return texts


NEW_WORDS = ("title", "text", "outcome", "known_by", "who", "timescale")


def of_evidence(words: Words) -> list[int]:
    return sorted([*of_filed(EVIDENCE, words), *of_texts(evidence_of_audits(), words)], reverse=True)


@fact
def evidence_of_audits() -> tuple[tuple[int, str], ...]:
    rows = Evidence.objects.exclude(audit=None).values_list("pk", "audit__focus", *EVIDENCE_TEXTS)
    return tuple((key, joined(*search.kept_texts(*texts))) for key, *texts in rows)


EVIDENCE_TEXTS = ("text", "link", "file_name")


def of_texts(texts: Iterable[tuple[int, str]], words: Words) -> list[int]:
    return [key for key, text in texts if all(word in text for word in words)]


def of_register(kind: str, words: Words) -> list[int]:
    return of_texts(register_texts(kind), words)


KINDS: dict[str, Callable[[Words], list[int]]] = {
    ACTIONS: of_actions,
    UPDATES: of_updates,
    **{kind: partial(of_filed, kind) for kind in (REPORTS, STEPS)},
    EVIDENCE: of_evidence,
    MEETINGS: lambda words: of_texts(meeting_texts(), words),
    POSTS: lambda words: of_texts(post_texts(), words),
    PARTNERS: lambda words: of_texts(partner_texts(), words),
    GROUPS: lambda words: of_texts(group_texts(), words),
    PLANS: lambda words: of_texts(plan_texts(), words),
    PLAN_DECISIONS: lambda words: of_texts(plan_decision_texts(), words),
    RECOMMENDATIONS: lambda words: of_texts(recommendation_texts(), words),
    MEASURES: lambda words: of_texts(measure_texts(), words),
    **{kind: partial(of_register, kind) for kind in REGISTERS},
}
