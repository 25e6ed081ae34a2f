"""Who may do what: one table, deny by default.

Roles come from the posts a user holds today, so ending a holding ends the access at the next
request. Predicates read attributes only: `user.posts`, the bodies the user chairs (`user.chaired`),
and what the subject says of itself.
"""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.http import require_http_methods, require_safe
from rules import add_perm, has_perm, predicate

from gscp import clock

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
    return asked or chairs_its_subgroup(user, report) or report.action.lead_post in user.posts


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


def may(permission: str, find=None, post: bool = False):
    """The first line of a view: who may, and on what.

    `find(user, **url_parts)` looks the object up among what the user may see (404 if it is not
    there) and is handed to the view in place of the URL's parts; of several in a tuple, the
    permission is asked about the first. The wrong role gets 403.
    """

    def decorate(view):
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs):
            found = find(request.user, **kwargs) if find else ()
            found = found if isinstance(found, tuple) else (found,)
            if not has_perm(permission, request.user, *found[:1]):
                raise PermissionDenied
            return view(request, *found, **({} if find else kwargs))

        guarded.permission = permission
        return (require_http_methods(["GET", "HEAD", "POST"]) if post else require_safe)(guarded)

    return decorate
