"""What a search shows of each record that it found: its name, where it leads, and why it was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Count, Model, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import Truncator, capfirst

from actions import hits, search
from actions.hits import Words
from actions.lineage import in_other_plan, said_of_other
from actions.models import (
    Action,
    ActionLead,
    BusinessPlan,
    Evidence,
    ExceptionReport,
    ExceptionStep,
    FurtherAction,
    Milestone,
    Ownership,
    PlanDecision,
    ProgressUpdate,
    Recommendation,
    Review,
)
from gscp.dates import day_in_words
from gscp.facts import fact
from gscp.record import TOMBSTONE
from gscp.words import folded, lower_first
from subgroups.models import Group, Measure, Meeting, Partner, Post

Texts = list[tuple[str, str]]  # of a record: what each is called, and the text
Pieces = list[tuple[str, bool]]  # of a text: whether each holds what was looked for
UPDATES_ON_PAGE = 10  # of an action
FEW_WORDS = 20
PUBLISHED = {
    "text": "Action", "who": "Who, as published", "outcome": "Outcome wanted",
    "known_by": "How it will be known", "timescale": "Timescale",
    "driver__text": "Strategic driver", "theme__text": "Theme",
}  # fmt: skip


@dataclass(frozen=True)
class Result:
    name: Pieces
    note: str
    why: list[tuple[str, Pieces]]
    page: tuple[str, tuple[Any, ...]]  # the name of its address, and the parts
    after: str = ""  # of the address

    @property
    def href(self) -> str:
        # Not kept: where somebody looks back, it leads to the same moment.
        return reverse(self.page[0], args=self.page[1]) + self.after


def result(
    name: str,
    texts: Texts,
    words: Words,
    page: tuple[str, tuple[Any, ...]],
    note: str = "",
    after: str = "",
    is_filed: bool = False,
) -> Result:
    """Texts are shown for words that the name does not have, in their order, until each word is there.

    What is filed under an action has that one's title in its name, which is not why it was found.
    """
    own_name = "" if is_filed else folded(name)
    left, why = {word for word in words if word not in own_name}, []
    for label, text in texts:
        here = {word for word in left if word in folded(text)} if text != TOMBSTONE else set()
        if here:
            why.append((label, search.marked(search.piece_of(text, here), words)))
            left -= here
    return Result(search.marked(name, words), note, why, page, after)


@fact
def results(kind: str, keys: tuple[int, ...], words: Words) -> list[Result]:
    return list(SHOWN[kind](keys, words)) if keys else []


def in_order(rows: Iterable[Any], keys: Sequence[int]) -> list[Any]:
    by_key = {row.pk: row for row in rows}
    return [by_key[key] for key in keys]


def texts_of(row: Model, fields: Iterable[str]) -> Texts:
    described: Any = row._meta
    return [(capfirst(described.get_field(name).verbose_name), getattr(row, name)) for name in fields]


def name_of(action: Any) -> str:
    return f"{action}: {Truncator(action.title or action.text).words(FEW_WORDS)}"


def page_of(action: Action) -> tuple[str, tuple[Any, ...]]:
    return "action_detail", (action.plan.label, action.slug)


def actions(keys: Sequence[int], words: Words) -> Iterator[Result]:
    rows = Action.objects.filter(pk__in=keys).select_related("plan", "driver", "theme", "group")
    others = texts_beside(keys)
    for action in in_order(rows, keys):
        published = [(label, value_of(action, path)) for path, label in PUBLISHED.items()]
        texts = [("Title", action.title), *published, *others[action.pk]]
        texts.append(("Responsible group", ", ".join(action.group.spellings)))
        note = f"{in_words(action.plan)}, {lower_first(action.get_status_display())}"
        if other := in_other_plan().get(action.pk):
            note += f", {lower_first(said_of_other(action, other))}"
        yield result(name_of(action), texts, words, page_of(action), note)


def in_words(plan: BusinessPlan) -> str:
    if plan.was_published:
        return str(plan)
    return f"{plan}, a draft{' that was discarded' if plan.is_discarded else ''}"


def value_of(row: Any, path: str) -> str:
    for name in path.split("__"):
        row = row and getattr(row, name)
    return row or ""


def texts_beside(keys: Sequence[int]) -> dict[int, Texts]:
    """Of each action: words changed since, further actions, milestones, reviews, who leads and owns it."""
    texts: dict[int, Texts] = {key: [] for key in keys}
    for source in search.CHANGED:
        for key, text, where in source.texts(Q(**{f"{source.action}__in": keys})):
            texts[key].append((where, text))
    for further in FurtherAction.objects.filter(action__in=keys):
        texts[further.action_id] += [
            ("Further action", further.text),
            ("Further action", further.fate_reason),
        ]
    for milestone in Milestone.objects.filter(action__in=keys):
        texts[milestone.action_id].append(("Milestone", milestone.text))
    for review in Review.objects.filter(action__in=keys):
        texts[review.action_id].append(("What a review found", review.found))
    names = families_in_words()
    for owned in Ownership.objects.filter(action__in=keys, ended_on=None).order_by("pk"):
        texts[owned.action_id].append(("Owning partner", names[owned.partner_id]))
    leads = ActionLead.objects.filter(action__in=keys, ended_on=None).select_related("post__group")
    for lead in leads:
        family = names.get(lead.post.partner_id or 0, "")
        called = [*lead.post.spellings, family, str(lead.post.group or "")]
        texts[lead.action_id].append(("Lead post", ", ".join(filter(None, called))))
    return texts


def families_in_words() -> dict[int, str]:
    """Of each partner its spellings, and then those of what came before and after it."""
    return {
        key: "; before or after it: ".join(
            ", ".join(names)
            for names in (spellings(key, family), spellings(key, family, of_others=True))
            if names
        )
        for key, family in search.families().items()
    }


def spellings(key: int, family: list[Partner], of_others: bool = False) -> list[str]:
    return [name for one in family if (one.pk != key) == of_others for name in one.spellings]


def updates(keys: Sequence[int], words: Words) -> Iterator[Result]:
    # An action's page lists its reports, each with its corrections beside it.
    reported_in = Coalesce(OuterRef("first__change_id"), OuterRef("change_id"))
    newer = ProgressUpdate.objects.filter(action=OuterRef("action"), first=None, change_id__gt=reported_in)
    count = newer.order_by().values("action").annotate(count=Count("pk")).values("count")
    rows = ProgressUpdate.objects.filter(pk__in=keys)
    rows = rows.select_related("action__plan", "change", "first__change", "confirmation")
    replaced = set(ProgressUpdate.objects.replaced().filter(pk__in=keys).values_list("pk", flat=True))
    for update in in_order(rows.annotate(newer=Subquery(count)).prefetch_related("change__texts"), keys):
        texts = texts_of(update, ("done", "difference", "next_step", "blocker", "unblocker"))
        texts += [("Reason", update.change.reason), *texts_of(update, ("what_was_wrong",))]
        name = f"Update of {day_in_words(update.reported.clock)} on {name_of(update.action)}"
        number = (update.newer or 0) // UPDATES_ON_PAGE + 1
        after = f"?page={number}#progress" if number > 1 else "#progress"
        if update.is_not_so:
            texts.append(("Why it is not so", update.confirmation.why))
        note = str(update.action.plan)
        if update.pk in replaced:
            note += ": the chair said that it is not so" if update.is_not_so else ": corrected since"
        yield result(name, texts, words, page_of(update.action), note, after, is_filed=True)


TEXTS = ("what", "cause", "effect", "recovery", "asked_for", "evidence", "impact", "impact_check_by")


def reports(keys: Sequence[int], words: Words) -> Iterator[Result]:
    rows = ExceptionReport.objects.filter(pk__in=keys).for_pages()
    for report in in_order(rows, keys):
        name = f"{report.get_kind_display()} on {name_of(report.about)}"
        note = f"Asked on {day_in_words(report.asked_at)}: {lower_first(report.state_in_words)}"
        fields = report.terms.fields.items()
        texts = [(label, getattr(report, name)) for name, label in fields if name in TEXTS]
        yield result(name, texts, words, ("exception_detail", (report.pk,)), note, is_filed=True)


def steps(keys: Sequence[int], words: Words) -> Iterator[Result]:
    rows = ExceptionStep.objects.filter(pk__in=keys).select_related(
        "change", "confirmation", "meeting__group", "to_group", "points_to", "report__action__plan"
    )
    for step in in_order(rows, keys):
        name = f"{step.result}: {lower_first(step.report.get_kind_display())} on {name_of(step.report.about)}"
        note = f"At the {step.meeting}" if step.meeting else f"On {day_in_words(step.change.clock)}"
        texts = texts_of(step, ("reason",))
        if step.is_not_so:
            note += ": the chair said that it is not so"
            texts.append(("Why it is not so", step.confirmation.why))
        yield result(name, texts, words, ("exception_detail", (step.report_id,)), note, is_filed=True)


def evidence(keys: Sequence[int], words: Words) -> Iterator[Result]:
    for piece in in_order(Evidence.objects.filter(pk__in=keys).for_lists(), keys):
        texts = texts_of(piece, hits.EVIDENCE_TEXTS)
        if piece.audit:
            texts.append(("Audit", piece.audit.focus))
        name = f"Evidence on {name_of(piece.action)}" if piece.action else str(piece)
        note = f"Added on {day_in_words(piece.change.clock)}"
        yield result(name, texts, words, ("evidence_detail", (piece.pk,)), note, is_filed=True)


def meetings(keys: Sequence[int], words: Words) -> Iterator[Result]:
    for meeting in in_order(Meeting.objects.filter(pk__in=keys).select_related("group"), keys):
        texts = [*texts_of(meeting, ("note", "why_it_went_on")), ("Day", str(meeting.date))]
        address = ("meeting_detail", (meeting.group.slug, meeting.address))
        yield result(str(meeting), texts, words, address, "Called off" if meeting.called_off else "")


def posts(keys: Sequence[int], words: Words) -> Iterator[Result]:
    names = families_in_words()
    for post in in_order(Post.objects.filter(pk__in=keys).select_related("group"), keys):
        texts = [("Other spelling", alias) for alias in post.spellings[1:]]
        texts.append(("Organisation", names.get(post.partner_id or 0, "")))
        texts += [("Group", str(post.group or ""))]
        yield result(str(post), texts, words, ("post_detail", (post.pk,)))


def partners(keys: Sequence[int], words: Words) -> Iterator[Result]:
    families = search.families()
    for partner in in_order(Partner.objects.filter(pk__in=keys), keys):
        texts = [("Other spelling", alias) for alias in partner.spellings[1:]]
        texts += [
            ("Before it" if other.started_on < partner.started_on else "After it", ", ".join(other.spellings))
            for other in families[partner.pk]
            if other != partner
        ]
        yield result(str(partner), texts, words, ("partner_detail", (partner.pk,)))


def groups(keys: Sequence[int], words: Words) -> Iterator[Result]:
    for group in in_order(Group.objects.filter(pk__in=keys), keys):
        texts = [("Other spelling", alias) for alias in group.spellings[1:]]
        yield result(str(group), texts, words, ("group_detail", (group.slug,)))


def plans(keys: Sequence[int], words: Words) -> Iterator[Result]:
    for plan in in_order(BusinessPlan.objects.filter(pk__in=keys), keys):
        texts = [("Title", plan.title), ("Introduction", plan.introduction)]
        note = "" if plan.was_published else plan.get_status_display()
        yield result(str(plan), texts, words, ("plan_detail", (plan.label,)), note)


def measures(keys: Sequence[int], words: Words) -> Iterator[Result]:
    said = hits.said_of_measures()
    for measure in in_order(Measure.objects.filter(pk__in=keys).select_related("group"), keys):
        texts = [*said[measure.pk], ("Group", str(measure.group))]
        yield result(str(measure), texts, words, ("measure_detail", (measure.pk,)), str(measure.group))


def plan_decisions(keys: Sequence[int], words: Words) -> Iterator[Result]:
    rows = PlanDecision.objects.filter(pk__in=keys).for_lists()
    new = hits.new_words(keys)
    for decision in in_order(rows, keys):
        texts = [*texts_of(decision, ("reason", "why_taken_back")), ("Meeting", str(decision.meeting))]
        texts += [("Why it is not so", decision.why_not_so)]
        texts += [("New words", text) for text in new[decision.pk]]
        note = f"At the {decision.meeting}: {lower_first(decision.state_in_words)}"
        yield result(decision.named, texts, words, ("plan_decision", (decision.pk,)), note)


def recommendations(keys: Sequence[int], words: Words) -> Iterator[Result]:
    said = hits.said_of_recommendations()
    rows = Recommendation.objects.filter(pk__in=keys).select_related("driver__plan")
    for one in in_order(rows, keys):
        note = f"{one.get_state_display()}, {one.driver}"
        yield result(str(one), said[one.pk], words, ("recommendation", (one.pk,)), note)


def lines_of_register(kind: str, keys: Sequence[int], words: Words) -> Iterator[Result]:
    of_kind = hits.REGISTERS[kind]
    for line in in_order(of_kind.model.objects.filter(pk__in=keys).select_related("group"), keys):
        texts = [(label, getattr(line, name)) for name, label in of_kind.texts.items()]
        texts.append(("Group", str(line.group)))
        note = f"Register of the {line.group}, {of_kind.when(line)}"
        page = ("register", (line.group.slug,))
        yield result(str(line), texts, words, page, note, f"#{of_kind.place}-{line.pk}")


SHOWN: dict[str, Callable[[Sequence[int], Words], Iterator[Result]]] = {
    hits.ACTIONS: actions,
    hits.UPDATES: updates,
    hits.REPORTS: reports,
    hits.STEPS: steps,
    hits.EVIDENCE: evidence,
    hits.MEETINGS: meetings,
    hits.POSTS: posts,
    hits.PARTNERS: partners,
    hits.GROUPS: groups,
    hits.PLANS: plans,
    hits.PLAN_DECISIONS: plan_decisions,
    hits.MEASURES: measures,
    hits.RECOMMENDATIONS: recommendations,
    **{kind: partial(lines_of_register, kind) for kind in hits.REGISTERS},
}
