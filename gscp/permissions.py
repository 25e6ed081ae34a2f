"""Who may do what: one table, deny by default.

Roles come from the posts a user holds today, so ending a holding ends the access at the next
request. Predicates read attributes only: `user.posts`, and of an action `action.subgroup`.
"""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.http import require_http_methods, require_safe
from rules import add_perm, has_perm, predicate

CHAIRS = {"chair", "vice_chair"}  # a vice-chair acts as chair


@predicate
def holds_a_post(user):
    return bool(user.posts)


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
def chairs_its_subgroup(user, action):
    """Until a subgroup is in place, the chair of the body it reports to acts for it."""
    body = action.subgroup.acting_body()
    return any(post.role in CHAIRS and post.subgroup_id == body.pk for post in user.posts)


def chairs(user, tier: str) -> bool:
    return any(post.role in CHAIRS and post.subgroup.tier == tier for post in user.posts)


reporter = ~scrutineer & (chairs_its_subgroup | business_manager)

# act, who may
add_perm("read", holds_a_post)
add_perm("report", reporter)
add_perm("confirm", ~scrutineer & chairs_its_subgroup)
add_perm("keep_plan", ~scrutineer & business_manager)

# whose home is where, the first that fits; anyone else with a post reads the register
HOMES = [
    (scrutineer, "scrutiny"),
    (executive_chair, "executive"),
    (management_chair, "exceptions"),
    (business_manager, "missing"),
    (predicate(lambda user: bool(user.chaired)), "chair"),
    (holds_a_post, "plan"),
]


def home_of(user) -> str:
    """The name of the URL where this user's post needs them."""
    return next(name for test, name in HOMES if test(user))


def may(permission: str, find=None, post: bool = False):
    """The first line of a view: who may, and on what.

    `find(user, **url_parts)` looks the object up among what the user may see (404 if it is not
    there) and is handed to the view in place of the URL's parts. The wrong role gets 403.
    """

    def decorate(view):
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs):
            found = (find(request.user, **kwargs),) if find else ()
            if not has_perm(permission, request.user, *found):
                raise PermissionDenied
            return view(request, *found, **({} if find else kwargs))

        guarded.permission = permission
        return (require_http_methods(["GET", "HEAD", "POST"]) if post else require_safe)(guarded)

    return decorate
