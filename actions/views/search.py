"""One search over all that is on record."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from actions.hits import MOST, Hits, Words, hits
from actions.results import Result, results
from actions.search import words_of
from gscp.filters import FilterForm
from gscp.pages import page_of
from gscp.permissions import may

FEW, PER_PAGE = 5, 20  # results of each kind beside those of others; and of one kind on a page
# By its name in the address: the heading of a kind of result.
HEADINGS = {
    "actions": "Actions",
    "updates": "Updates",
    "requests": "Requests and reports",
    "decisions": "Decisions and answers",
    "evidence": "Evidence",
    "measures": "Measures",
    "audits": "Audits",
    "training": "Training",
    "checks": "Checks of training",
    "escalations": "Escalations",
    "meetings": "Meetings",
    "posts": "Posts",
    "partners": "Partners",
    "groups": "Groups",
    "plans": "Plans",
    "plan_decisions": "Decisions about plans",
    "recommendations": "Recommendations of reviews",
}


class SearchForm(FilterForm):
    q = forms.CharField(label="Words", required=False, max_length=200)
    kind = forms.ChoiceField(choices=list(HEADINGS.items()), required=False, widget=forms.HiddenInput)


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    kind: str
    heading: str
    hits: Hits
    results: list[Result]

    @property
    def has_more(self) -> bool:
        return self.hits.count > len(self.results)


@may("read")
def search(request) -> HttpResponse:
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "actions/search.html", {"form": form})
    words, kind = tuple(words_of(form.cleaned_data["q"])), form.cleaned_data["kind"]
    context: dict[str, Any] = {"form": form, "words": words, "typed": form.cleaned_data["q"]}
    if words and kind:
        page = page_of(request, hits(kind, words).keys, PER_PAGE)
        group = Group(kind, HEADINGS[kind], hits(kind, words), results(kind, tuple(page), words))
        context |= {"groups": [group] if group.hits.count else [], "page": page}
    elif words:
        context |= {"groups": groups_found(words)}
    context["count"] = count_in_words(context.get("groups", []))
    return render(request, "actions/search.html", context)


def count_in_words(groups: list[Group]) -> str:
    """12 results; "" if nothing is found."""
    count = sum(min(group.hits.count, MOST) for group in groups)
    more = "More than " if any(group.hits.is_cut for group in groups) else ""
    return f"{more}{count:,} result{'' if count == 1 else 's'}" if count else ""


def groups_found(words: Words) -> list[Group]:
    found = {kind: hits(kind, words) for kind in HEADINGS}
    return [
        Group(kind, HEADINGS[kind], of_kind, results(kind, of_kind.keys[:FEW], words))
        for kind, of_kind in found.items()
        if of_kind.count
    ]
