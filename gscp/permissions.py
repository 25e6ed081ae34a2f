"""Who may do what: one table, deny by default.

Roles come from the posts a user holds today, so ending a holding ends the access at the next
request. Predicates read attributes only: `user.posts`, the bodies the user chairs (`user.chaired`),
and what the subject says of itself.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_safe
from rules import add_perm, has_perm, predicate

from gscp import clock

PUBLIC, OWN_ACCOUNT = "public", "own account"
OPEN = {PUBLIC, OWN_ACCOUNT}  # views that ask for no post
View = Callable[..., HttpResponseBase]
CHAIRS = {"chair", "vice_chair"}  # a vice-chair acts as chair


@predicate
def holds_a_post(user):
    return bool(user.posts)


@predicate
def it_is_now(user):
    """Nobody writes while looking back."""
    return clock.as_at.get() is None


@predicate
def business_manager(user):
    return any(post.role == "business_manager" for post in user.posts)


@predicate
def scrutineer(user):
    return any(post.role == "scrutineer" for post in user.posts)


@predicate
def executive_chair(user):
    return chairs(user, tier="executive")


@predicate
def management_chair(user):
    return chairs(user, tier="management_group")


@predicate
def a_chair(user):
    return bool(user.chaired)


@predicate
def chairs_its_subgroup(user, subject):
    """Of whatever has a subgroup: an action, an update on one, a report or a decision about one.

    Until a subgroup is in place, the chair of the body it reports to acts for it.
    """
    return subject.subgroup.acting_body() in user.chaired


@predicate
def chairs_its_body(user, report):
    """Of an exception report: the body it is with, or that decided it."""
    return chairs(user, tier=report.body_tier)


@predicate
def answers_for(user, report):
    """Asked for it, or holds the post that leads its action or reports on it: nobody decides their own."""
    asked = user.pk in report.askers
    return asked or chairs_its_subgroup(user, report) or report.about.lead_post in user.posts


@predicate
def entered_it(user, entered):
    """Of an update or a decision: who typed it on somebody's behalf does not confirm it too."""
    return entered.entered_by_id == user.pk


@predicate
def answers_for_it(user, entered):
    """Of a decision: what it decides is their own; what is no decision, its chair is to confirm."""
    return bool(getattr(entered, "meeting", None)) and answers_for(user, entered.report)


@predicate
def chairs_its_meeting(user, decision):
    return chairs(user, tier=decision.meeting.subgroup.tier)


@predicate
def asked_for_it(user, redaction):
    return redaction.asked_by_id == user.pk


def chairs(user, tier: str) -> bool:
    return any(body.tier == tier for body in user.chaired)


checks_impact = management_chair | executive_chair
writer = ~scrutineer & it_is_now
reporter = writer & (chairs_its_subgroup | business_manager)

# act, who may
add_perm("read", holds_a_post)
add_perm("report", reporter)
add_perm("confirm", writer & chairs_its_subgroup & ~entered_it & ~answers_for_it)
add_perm("ask", writer & chairs_its_subgroup)
# where it is entered: the body it is with may have changed since the page was read, which the page then says
add_perm("enter_decision", writer & ~answers_for_it & (chairs_its_meeting | business_manager))
add_perm("decide", writer & ~answers_for & (chairs_its_body | business_manager))
add_perm("check_impact", writer & ~answers_for & checks_impact)
add_perm("keep_plan", writer & business_manager)
add_perm("keep_meetings", writer & business_manager)
add_perm("keep_partnership", writer & business_manager)
add_perm("ask_redaction", writer & business_manager)
add_perm("decide_redaction", writer & executive_chair & ~asked_for_it)

# whose home is where: who, the words of its link, the URL's name; the first that fits is home
HOMES = [
    (scrutineer, "Scrutiny portal", "scrutiny"),
    (executive_chair, "Decisions", "decisions"),
    (management_chair, "Exceptions", "exceptions"),
    (business_manager, "What is missing", "missing"),
    (a_chair, "Due from you", "due"),
    (holds_a_post, "Business plan", "plan_current"),
]
PAGES = [
    (a_chair & ~executive_chair, "Due from you", "due"),
    (holds_a_post, "Business plan", "plan_current"),
    (holds_a_post, "Exceptions", "exceptions"),
    (holds_a_post, "Meetings", "meetings"),
    (holds_a_post, "Change history", "change_list"),
    (holds_a_post, "Scrutiny portal", "scrutiny"),
    (business_manager | executive_chair, "Redactions", "redactions"),
    (business_manager, "Partnership", "posts"),
]


def home_of(user) -> tuple[str, str]:
    """The page where this user's post needs them: the words of its link and its URL's name."""
    return next((words, name) for who, words, name in HOMES if who(user))


def navigation(user) -> list[tuple[str, str]]:
    """The pages in every page's head, home first: words and URL names."""
    if not user.is_authenticated or not user.posts:
        return []
    pages = [(words, name) for who, words, name in PAGES if who(user)]
    return list(dict.fromkeys([home_of(user), *pages]))


def may(permission: str, find: Callable[..., Any] | None = None, post: bool = False):
    """The first line of a view: who may, and on what.

    `find(**url_parts)` looks up what the address names (404 if there is no such thing) and is handed to the
    view in place of the URL's parts; of several in a tuple, the permission is asked about the first. The
    wrong role gets 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
            subjects = find(**url_parts) if find else ()
            subjects = subjects if isinstance(subjects, tuple) else (subjects,)
            if not has_perm(permission, request.user, *subjects[:1]):
                raise PermissionDenied
            return view(request, *subjects, **({} if find else url_parts))

        guarded.permission = permission  # type: ignore[attr-defined]  # DenyByDefault looks for it
        return (require_http_methods(["GET", "HEAD", "POST"]) if post else require_safe)(guarded)

    return decorate


def public(view: View) -> View:
    """A view for everybody, signed in or not."""
    return login_not_required(declared(view, PUBLIC))


def own_account(view: View) -> View:
    """A view of allauth's for whoever is signed in, with a post or without: their own account."""
    return declared(view, OWN_ACCOUNT)


def declared(view: View, permission: str) -> View:
    @wraps(view)
    def same(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
        return view(request, **url_parts)

    same.permission = permission  # type: ignore[attr-defined]  # DenyByDefault looks for it
    return same
