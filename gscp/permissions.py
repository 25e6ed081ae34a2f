"""Who may do what: one table of permissions; what it does not name is denied.

Roles come from the posts a user holds today, so ending a holding ends the access at the next
request. Predicates read attributes of the user and of the subject, such as `user.posts` and
`report.with_group`.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Protocol

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_safe
from rules import add_perm, has_perm, predicate

from gscp import clock
from gscp.record import turn_to_write
from gscp.sealing import DISCARD, READ_TABLE, SAVE_DRAFT

PUBLIC, OWN_ACCOUNT = "public", "own account"
OPEN = {PUBLIC, OWN_ACCOUNT}  # views that ask for no post
View = Callable[..., HttpResponseBase]
CHAIRS = {"chair", "vice_chair"}  # roles of posts; a vice-chair may do what a chair may


class PostHolder(Protocol):  # subgroups.models.User, which this module does not import
    pk: int | None
    posts: Sequence[Any]  # from which they may do what the post may do
    waiting_holdings: Sequence[Any]  # of posts that decide: until they are accepted, they only read
    chaired_groups: Sequence[Any]
    is_authenticated: bool

    def forget_posts(self) -> None: ...

    def chaired_top_group_at(self, entry: Any) -> bool: ...


@predicate
def holds_a_post(user: PostHolder) -> bool:
    return bool(user.posts or user.waiting_holdings)


@predicate
def is_not_looking_back(user: PostHolder) -> bool:
    return clock.looked_back_to.get() is None


@predicate
def is_business_manager(user: PostHolder) -> bool:
    return any(post.role == "business_manager" for post in user.posts)


@predicate
def is_scrutineer(user: PostHolder) -> bool:
    return any(post.role == "scrutineer" for post in user.posts)


@predicate
def chairs_top_group(user: PostHolder) -> bool:
    return any(group.is_top for group in user.chaired_groups)


@predicate
def chairs_a_deciding_group(user: PostHolder) -> bool:
    return any(group.decides() for group in user.chaired_groups)


@predicate
def is_chair(user: PostHolder) -> bool:
    return bool(user.chaired_groups)


@predicate
def leads_an_action(user: PostHolder) -> bool:
    in_groups = (post for post in user.posts if post.group_id)
    return any(post.led_actions.filter(ended_on=None).exists() for post in in_groups)


@predicate
def chairs_its_group(user: PostHolder, subject: Any) -> bool:
    """The subject has a `group`: an action, or an update, a report or a decision about one.

    Until a group is in place, the chair of the group it reports to acts for it.
    """
    return subject.group.acting_group() in user.chaired_groups


@predicate
def leads_it(user: PostHolder, subject: Any) -> bool:
    """The subject has `lead_posts`: an action, or a report about one.

    A post leads once its group is in place.
    """
    return any(post.group and post.group.is_in_place() for post in lead_posts_held(user, subject))


def lead_posts_held(user: PostHolder, subject: Any) -> list[Any]:
    return [post for post in subject.lead_posts if post in user.posts]


@predicate
def chairs_deciding_group(user: PostHolder, report: Any) -> bool:
    # `with_group`: the group that the report waits for, or that decided it.
    return report.with_group in user.chaired_groups


@predicate
def chairs_group_above(user: PostHolder, report: Any) -> bool:
    # Above the one that did what is completed.
    doer = report.group.acting_group()
    return any(group in user.chaired_groups for group in doer.decided_by())


@predicate
def answers_for_report(user: PostHolder, report: Any) -> bool:
    """Whether the user asked for it, leads what it is about or chairs the group that reports on that.

    Of the top group's own actions its chairs decide all the same: there is nobody above them.
    """
    reports_on_it = chairs_its_group(user, report) and not report.is_own_of_top_group
    return has_asked_or_leads(user, report) or reports_on_it


@predicate
def has_asked_or_leads(user: PostHolder, report: Any) -> bool:
    return user.pk in report.asker_ids or bool(lead_posts_held(user, report))


@predicate
def holds_another_post(user: PostHolder, report: Any) -> bool:
    # Of the group that decided: another than that from which the decision was entered, by somebody else.
    decision = report.provisional_decision
    posts = [post for post in user.posts if post.group_id == report.with_group.pk]
    return decision is not None and any(
        post.pk != decision.post_id and user.pk != decision.entered_by_id for post in posts
    )


@predicate
def sits_in_its_group(user: PostHolder, subject: Any) -> bool:
    group = subject.group.acting_group()
    return any(post.group_id == group.pk for post in user.posts)


@predicate
def speaks_for_agency(user: PostHolder, answer: Any) -> bool:
    """Whether the user holds a post that the partner, whose answer this is, or its successor fills."""
    return any(post.group_id and post.represents(answer.agency, answer.today) for post in user.posts)


@predicate
def entered_it(user: PostHolder, entered: Any) -> bool:
    return entered.entered_by_id == user.pk


@predicate
def is_its_author(user: PostHolder, update: Any) -> bool:
    return user.pk in update.author_ids


@predicate
def asked_for_it(user: PostHolder, report: Any) -> bool:
    """Whether this user asked for it, holds the post that did, or is the chair who confirmed it."""
    first = report.steps.all()[0]
    if first.on_behalf:
        return first.is_confirmed and first.confirmation.confirmed_by_id == user.pk
    return first.entered_by_id == user.pk or first.post in user.posts


@predicate
def waits_for_its_chair(user: PostHolder, report: Any) -> bool:
    first = report.steps.all()[0]
    return first.on_behalf and not first.is_confirmed


@predicate
def answers_for_its_report(user: PostHolder, entered: Any) -> bool:
    # Only a step with a meeting is a decision on a report; updates and other steps decide nothing on one.
    is_decision = bool(getattr(entered, "meeting", None)) and hasattr(entered, "report")
    return is_decision and answers_for_report(user, entered.report)


@predicate
def chairs_its_meeting(user: PostHolder, decision: Any) -> bool:
    return decision.meeting.group in user.chaired_groups


@predicate
def asked_for_redaction(user: PostHolder, redaction: Any) -> bool:
    return redaction.asked_by_id == user.pk


@predicate
def decided_before_redaction(user: PostHolder, redaction: Any) -> bool:
    # Nobody comes into the post in order to consent.
    return user.chaired_top_group_at(redaction.request_entry)


@predicate
def may_be_accepted_by(user: PostHolder, holding: Any) -> bool:
    return user.pk in holding.acceptor_ids


@predicate
def is_concerned_by_redaction(user: PostHolder, redaction: Any) -> bool:
    return user.pk in redaction.concerned_ids


@predicate
def follows_a_check(user: PostHolder, subject: Any) -> bool:
    """Whether the subject is a request that an impact check asked."""
    return bool(getattr(subject, "after_check_id", None))


@predicate
def checks_what_it_follows(user: PostHolder, subject: Any) -> bool:
    """Whether the user may check the impact of what was found not to be embedded."""
    return bool(follows_a_check(user, subject)) and checks_impact.test(user, subject.after_check.report)


may_write = ~is_scrutineer & is_not_looking_back
chairs_or_leads = chairs_its_group | leads_it
checks_impact = ~answers_for_report & chairs_group_above
# Who has a permission to write. Verification asks it of every decision on record, as of then: a rule that
# becomes stricter needs a day from which it holds.
WRITERS = {
    "report": chairs_or_leads | is_business_manager,
    "confirm": chairs_its_group & ~entered_it & ~answers_for_its_report,
    # What an impact check asks is not for who did the action to answer for or to take back.
    "ask": ~follows_a_check & (chairs_or_leads | is_business_manager) | checks_what_it_follows,
    "take_back": ~follows_a_check & chairs_or_leads | checks_what_it_follows,
    "change_request": (
        asked_for_it & (~follows_a_check & chairs_or_leads | checks_what_it_follows)
        | is_business_manager & waits_for_its_chair
    ),
    "correct_update": is_its_author & chairs_or_leads | is_business_manager,
    # Who may open the form of decisions. It does not ask for `chairs_deciding_group`: if the report has gone
    # to another group since the page was read, the form says so, where a refusal (403) would not.
    "enter_decision": ~answers_for_its_report & (chairs_its_meeting | is_business_manager),
    "decide": ~answers_for_report & (chairs_deciding_group | is_business_manager),
    "check_impact": checks_impact,
    "add_evidence": chairs_or_leads | is_business_manager,
    "look_at_evidence": ~answers_for_report & chairs_group_above,
    "agree": ~has_asked_or_leads & holds_another_post,
    "keep_plan": is_business_manager,
    "answer_recommendation": speaks_for_agency | is_business_manager,
    "keep_measures": chairs_its_group | is_business_manager,
    "keep_register": chairs_its_group | is_business_manager,
    "supply_readings": chairs_its_group | leads_it | is_business_manager,
    "correct_reading": chairs_its_group | leads_it | is_business_manager,
    # Each figure by somebody else than who entered it: the database holds that.
    "confirm_readings": sits_in_its_group | is_business_manager,
    "keep_meetings": is_business_manager,
    "keep_partnership": is_business_manager,
    "accept_holder": may_be_accepted_by,
    "ask_redaction": is_business_manager,
    "decide_redaction": chairs_top_group & ~asked_for_redaction & ~is_concerned_by_redaction,
}
add_perm("read", holds_a_post)
for permission, who_has_it in WRITERS.items():
    add_perm(permission, may_write & who_has_it)
add_perm("consent_to_redaction", decided_before_redaction)  # asked of who may decide; others may refuse

Link = tuple[str, str]  # text, and name of the URL
# Home pages: predicate, text of the link, name of the URL. A user's home is the first whose predicate holds.
HOMES = [
    (is_scrutineer, "Scrutiny", "scrutiny"),
    (chairs_top_group, "Decisions", "decisions"),
    (chairs_a_deciding_group, "Exceptions", "exceptions"),
    (is_business_manager, "To do", "missing"),
    (is_chair | leads_an_action, "Due from you", "due"),
    (holds_a_post, "Business plan", "plan_current"),
]
# The other pages in the service navigation.
PAGES = [
    (is_chair | leads_an_action, "Due from you", "due"),
    (holds_a_post, "Business plan", "plan_current"),
    (holds_a_post, "Exceptions", "exceptions"),
    (holds_a_post, "Scorecards", "scorecards"),
    (holds_a_post, "Reviews", "reviews"),
    (holds_a_post, "Meetings", "meetings"),
    (holds_a_post, "History", "change_list"),
    (holds_a_post, "Scrutiny", "scrutiny"),
    (is_business_manager | chairs_top_group, "Redactions", "redactions"),
    (is_business_manager, "Partnership", "posts"),
]


def home_of(user: PostHolder) -> Link:
    return next((text, name) for holds, text, name in HOMES if holds(user))


def navigation(user: PostHolder) -> list[Link]:
    if not user.is_authenticated or not holds_a_post(user):
        return []
    pages = [(text, name) for holds, text, name in PAGES if holds(user)]
    return list(dict.fromkeys([home_of(user), *pages]))


def may(
    permission: str,
    find: Callable[..., Any] | None = None,
    has_form: bool = False,
    outside_record: bool = False,
    most_of_file: int = 0,
    file_from: str = "",
    before_turn: Callable[..., None] | None = None,
) -> Callable[[View], View]:
    """The first line of a view: who may, and on what. The wrong role gets 403.

    `find(**url_parts)` looks up what the address names (404 if there is no such thing); the view is given
    that in place of the URL's parts. Of several in a tuple, the permission is asked about the first.
    `has_form` allows POST. All of it then happens in a turn to write: whether somebody may, and what the form
    relies on, is asked when the writers before have ended. If no turn comes in time (`request.has_turn`),
    the form comes back. `outside_record` allows POST, too: what it writes is no part of the record, so it
    takes no turn, and the Scrutineer may send it. Nor does a form whose file or table is only to be read.
    `file_from` is the permission that a file is received by, where `permission` needs its subject.
    `before_turn(request, *subjects)` does what takes long, from whoever may, while others can write.
    """

    def decorate(view: View) -> View:
        def answer(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
            subjects = subjects_for(permission, request, find, url_parts)
            return view(request, *subjects, **({} if find else url_parts))

        @wraps(view)
        def guarded(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
            user: Any = request.user  # somebody is signed in
            is_draft = not {SAVE_DRAFT, DISCARD}.isdisjoint(request.POST)  # which is no part of the record
            is_read = bool(most_of_file) and READ_TABLE in request.POST  # by a view that records nothing then
            takes_no_turn = outside_record or is_draft or is_read or is_scrutineer(user)  # who cannot begin
            if request.method != "POST" or takes_no_turn:
                return answer(request, **url_parts)
            if before_turn:
                before_turn(request, *subjects_for(permission, request, find, url_parts))
            with turn_to_write() as request.has_turn:  # type: ignore[attr-defined]  # form_page() reads it
                user.forget_posts()
                return answer(request, **url_parts)

        guarded.file_from = file_from or permission  # type: ignore[attr-defined]  # OneFile looks for it
        guarded.permission = permission  # type: ignore[attr-defined]  # DenyByDefault looks for it
        guarded.outside_record = outside_record  # type: ignore[attr-defined]  # so does the read-only database
        guarded.most_of_file = most_of_file  # type: ignore[attr-defined]  # so does OneFile
        takes_post = has_form or outside_record
        return (require_http_methods(["GET", "HEAD", "POST"]) if takes_post else require_safe)(guarded)

    return decorate


def subjects_for(
    permission: str, request: HttpRequest, find: Callable[..., Any] | None, url_parts: dict[str, Any]
) -> tuple[Any, ...]:
    """What the address names.

    Raises:
        PermissionDenied: whoever asks may not do that to it.
    """
    subjects = find(**url_parts) if find else ()
    subjects = subjects if isinstance(subjects, tuple) else (subjects,)
    if not has_perm(permission, request.user, *subjects[:1]):
        raise PermissionDenied
    return subjects


def public(view: View) -> View:
    return login_not_required(declared(view, PUBLIC))


def own_account(view: View) -> View:
    # For whoever is signed in, with a post or without.
    return declared(view, OWN_ACCOUNT)


def declared(view: View, permission: str) -> View:
    @wraps(view)
    def same(request: HttpRequest, **url_parts: Any) -> HttpResponseBase:
        return view(request, **url_parts)

    same.permission = permission  # type: ignore[attr-defined]  # DenyByDefault looks for it
    return same
