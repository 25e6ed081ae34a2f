"""The words pages are written in; a builtin, so no template loads it."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.template.defaulttags import querystring
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from gscp import components, dates, sealing
from gscp.coming_back import texts_not_recorded, what_was_sent
from gscp.record import Change, Redaction
from gscp.words import lower_first, word_differences

register = template.Library()

# {% query page=2 %}: the address's own query with `page` replaced; None takes a part out.
register.simple_tag(querystring, takes_context=True, name="query")

# The pages of the record, which the scrutiny app has: templates of every app link to these four, and to no
# other page of an app above (tests/test_structure.py).
RECORD_PAGES = {
    "changes": "change_list",
    "change": "change_detail",
    "papers": "pack",
    "redactions": "redactions",
}


def nested(params: dict[str, Any]) -> dict[str, Any]:
    """{"label__text": "Name"} as {"label": {"text": "Name"}}."""
    tree: dict[str, Any] = {}
    for path, value in params.items():
        *parents, leaf = path.split("__")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[leaf] = value
    return tree


@register.simple_tag
def govuk(kind: str, **params) -> SafeString:
    """{% govuk "button" text="Save" attributes__form="filter" %}"""
    return components.component(kind, nested(params))


@register.simple_block_tag
def govukblock(content, kind: str, **params) -> SafeString:
    """{% govukblock "details" summaryText="Why" %}the component's html{% endgovukblock %}"""
    return components.component(kind, nested(params) | {"html": content})


@register.simple_tag(name="field")
def field_(bound) -> SafeString:
    return components.field(bound)


@register.simple_tag
def box_alone(bound) -> SafeString:
    return components.field(bound, in_table=True)


@register.simple_tag
def error_summary(form) -> SafeString:
    return components.error_summary(form)


@register.simple_tag
def hidden_fields(form) -> SafeString:
    return components.hidden(form)


@register.simple_tag(takes_context=True)
def made_for(context, form) -> str:
    """What the page of a form sends of whom it was made for, so that what is typed comes back to them."""
    request = context.get("request")
    return sealing.made_for(form.user.pk, request.path, form.mark) if request else ""


@register.simple_tag(takes_context=True)
def kept_text(context) -> str:
    """What the page of signing in keeps: what was just sent, or what it kept before a wrong password."""
    return context.get("sealed") or what_was_sent(context["request"]).get("sealed", "")


@register.simple_tag(takes_context=True, name="texts_not_recorded")
def texts_not_recorded_(context) -> list[str]:
    # A page that answers trouble may be written without a request.
    return texts_not_recorded(context["request"]) if "request" in context else []


@register.simple_tag
def entry(change: Change, level: int = 3, here: bool = False, in_act: bool = False) -> SafeString:
    """One entry of the ledger, for people. On its own page, `here`, its heading leads nowhere.

    Where it is `in_act`, who, when and why stand above it.
    """
    shown = {"level": level, "href": "" if here else entry_url(change.number), "created": change.created}
    shown |= {"name": change.object_in_words, "compared": change.compared()}
    if not in_act:
        by = holding(change.actor_in_words, change.actor_post_in_words)
        shown |= {"at": change.at, "by": by, "reason": change.reason}
    if change.clock_was_behind:
        shown["clock"] = change.clock
    return components.entry(shown)


@register.simple_tag
def record_url(page: str, *parts, **query) -> str:
    address = reverse(RECORD_PAGES[page], args=parts)
    return f"{address}?{urlencode(query)}" if query else address


@register.filter
def entry_url(number: int) -> str:
    try:
        return record_url("change", number)
    except NoReverseMatch:  # a damaged entry's number may be negative or too long for an address
        return ""


register.filter("day_in_words", dates.day_in_words)
register.filter("day_in_short", dates.day_in_short)
register.filter("moment_in_short", dates.moment_in_short)
register.filter("lower_first", lower_first)
register.filter("changes", word_differences)
register.filter("moment_in_words", dates.moment_in_words)
register.filter("moment_in_markup", dates.moment_in_markup)


@register.filter
def holding(name: str, posts: str) -> str:
    # A demonstration's people are called by their posts: those are named once.
    return posts if posts.startswith(name) else ", ".join(filter(None, [name, posts]))


@register.inclusion_tag("gscp/chart.html")
def chart(caption: str, bars: list[components.Bar], before: Any = None) -> dict[str, Any]:
    """Rows of (bar, width now, width before), the widths in hundredths of the widest bar.

    The counts before are shown if `before`, the last meeting, is given.
    """
    widest = max((count for bar in bars for count in (bar.now, bar.before or 0)), default=0) or 1
    rows = [(bar, 100 * bar.now / widest, 100 * (bar.before or 0) / widest) for bar in bars]
    return {"caption": caption, "rows": rows, "before": before}


@register.simple_tag
def table_head(*headings: str, numeric: str = "", hidden: str = "") -> SafeString:
    """The headings of columns that have one; then of one of numbers, and of one that only a listener has."""
    column = '<th scope="col" class="govuk-table__header{}">{}</th>'
    columns = [("", heading) for heading in headings if heading]
    if numeric:
        columns.append((" govuk-table__header--numeric", numeric))
    if hidden:
        columns.append(("", format_html('<span class="govuk-visually-hidden">{}</span>', hidden)))
    head = '<thead class="govuk-table__head"><tr class="govuk-table__row">{}</tr></thead>'
    return format_html(head, format_html_join("", column, columns))


@register.simple_tag
def was_and_is(was: str, now: str) -> str:
    if was == now or not was:
        return now or "none"
    return format_html("<del>{}</del> <ins>{}</ins>", was, now or "none")


@register.simple_tag
def redactions_asked() -> int:
    return len(set(Redaction.objects.asked().order_by().values_list("change__act", flat=True)))


@register.simple_tag
def url_today(name: str) -> str:
    # {% url %} on a page of the past leads to the past, where nobody has an account.
    return f"/{get_resolver().reverse(name)}"


@register.simple_tag
def demo_today() -> date | None:
    # A tag, since the 500 page has no context processors.
    return settings.DEMO_TODAY


@register.simple_tag(takes_context=True)
def pages(context, page: Page) -> str:
    if not page.has_other_pages():
        return ""

    def link(number: int) -> str:
        return querystring(context, page=number)

    return components.component(
        "pagination",
        {
            "previous": {"href": link(page.previous_page_number())} if page.has_previous() else None,
            "next": {"href": link(page.next_page_number())} if page.has_next() else None,
            "items": [
                {"number": number, "href": link(number), "current": number == page.number}
                if isinstance(number, int)
                else {"ellipsis": True}
                for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
            ],
        },
    )


@register.simple_tag
def crumbs(*pairs) -> SafeString:
    """{% crumbs "Change history" href plan plan_href %}: pairs of text and address, outermost first."""
    items = [{"text": str(text), "href": href} for text, href in zip(pairs[::2], pairs[1::2], strict=True)]
    return components.component("breadcrumbs", {"items": items})
