"""The help pages: for everybody with a post, and one for who is signed in without."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from actions import findings
from actions import help as tables
from actions.deadlines import deadlines_of
from actions.help import ROLES, Role
from actions.measure_rules import MEASURE_RULES, MeasureRule, measures_found
from actions.models.plan import live_plans
from actions.rules import RULES
from gscp import personal
from gscp.permissions import holds_a_post, may, own_account
from subgroups.models import Measure
from subgroups.models.groups import groups_by_key

# Part of the address: title, what is there.
PAGES = {
    "rules": ("When an action is off plan", "Every rule, in words, and how it is worked out."),
    "words": ("What words mean", "The words of these pages, and the colours of ratings."),
    "never": ("What never to type", "Nothing about a child, a family or a case, and what to write instead."),
}


def role_named(role: str) -> Role:
    for one in ROLES:
        if one.slug == role:
            return one
    raise Http404


def page_named(page: str) -> str:
    if page not in PAGES:
        raise Http404
    return page


@own_account
@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    if not holds_a_post(request.user):
        return render(request, "actions/help/no_post.html")
    own = tables.role_of(request.user)  # type: ignore[arg-type]  # somebody with a post is signed in
    others = [role for role in ROLES if role != own]
    return render(request, "actions/help/index.html", {"own": own, "others": others, "pages": PAGES.items()})


@may("read", role_named)
def help_role(request: HttpRequest, role: Role) -> HttpResponse:
    own = role == tables.role_of(request.user)  # type: ignore[arg-type]  # somebody with a post is signed in
    mine = request.user.chaired_groups if own else ()  # type: ignore[union-attr]
    groups = mine or tables.groups_of(role, list(groups_by_key().values()))
    meetings = {deadlines_of(group).next_meeting for group in mine}
    context = {"role": role, "groups": groups, "own": own, "meetings": filter(None, meetings)}
    return render(request, "actions/help/role.html", context)


@may("read", page_named)
def help_page(request: HttpRequest, page: str) -> HttpResponse:
    context: dict[str, Any] = {"title": PAGES[page][0]}
    return render(request, f"actions/help/{page}.html", context | CONTEXTS[page]())


def of_rules() -> dict[str, Any]:
    """Each rule, how many actions it finds, and one of them with what the rule says of it."""
    rows = findings.of_live_plans()
    first = {rule.name: row.action for rule in RULES for row in reversed(rows) if row.has(rule.name)}
    actions = findings.shown(tuple(set(first.values())))
    findings.give_reasons(actions)
    said = {(action.pk, rule.name): (action, why) for action in actions for rule, why in action.reasons}
    counts = rows.counts()
    found = [(rule, counts[rule.name], said.get((first.get(rule.name, 0), rule.name))) for rule in RULES]
    return {"rules": found, "measure_rules": of_measure_rules()}


def of_measure_rules() -> list[tuple[MeasureRule, int, tuple[Measure, str] | None]]:
    """Each, how many measures it finds, and the first of them with what the rule says of it."""
    said = [(title, one.measure, why) for one in measures_found() for title, why in one.reasons]
    by_rule = [
        (rule, [(measure, why) for title, measure, why in said if title == rule.title])
        for rule in MEASURE_RULES
    ]
    return [(rule, len(found), found[0] if found else None) for rule, found in by_rule]


def of_words() -> dict[str, Any]:
    return {
        "plans": live_plans(),
        "lists": [
            ("Words", list(tables.GLOSSARY.items())),
            ("Words of scorecards", list(tables.OF_SCORECARDS.items())),
            ("In the place of a figure", list(tables.LETTERS.items())),
            ("State of a plan", tables.labelled(tables.PLAN_STATES)),
            ("Decision about a plan", tables.labelled(tables.PLAN_DECISIONS)),
            ("Where such a decision stands", tables.labelled(tables.DECISION_STATES)),
            ("Status of an action", tables.labelled(tables.STATUSES)),
            ("What a chair can ask for", tables.labelled(tables.KINDS)),
            ("Where a request stands", tables.labelled(tables.STATES)),
        ],
    }


def of_never() -> dict[str, Any]:
    return {"never": tables.NEVER, "instead": tables.INSTEAD, "kinds": personal.KINDS}


CONTEXTS = {"rules": of_rules, "words": of_words, "never": of_never}
