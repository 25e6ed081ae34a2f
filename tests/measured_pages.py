"""The pages that tests.bench measures against an empty signed-in page, and how many such pages each may cost.

Each is looked at by the post whose page it is. The limits are medians at each size that tests/bench.py has.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from django.test import Client

from actions.models import Action, BusinessPlan
from gscp.record import Change, recording
from subgroups.models import DEMO_DOMAIN, Meeting, User

TURNS = count(1)  # numbers for addresses that have to be new each time
STREAMED = float("inf")  # no limit of its time: sent as it is made, with memory flat


@dataclass(frozen=True)
class Measured:
    name: str
    post: str
    address: str
    limits: tuple[float, ...]
    after_write: bool = False


def measured_pages() -> list[Measured]:
    plan = BusinessPlan.objects.get()
    register, action = plan.get_absolute_url(), Action.objects.get(slug="005").get_absolute_url()
    meetings = Meeting.objects.filter(group__slug="management-group").with_papers_closed().order_by("-date")
    meeting = meetings[0].get_absolute_url()
    half, later = (Change.objects.last_number() * part // 4 for part in (2, 3))
    then = f"/scrutiny/as-at/{half}"
    chair, manager, scrutineer = "management.chair", "business.manager", "scrutineer"
    return [
        Measured("exceptions, looked at again", chair, "/exceptions/", (3, 3, 3, 3)),
        Measured("exceptions, first look after a write", chair, "/exceptions/", (5, 5, 7, 15), True),
        Measured("off-plan list", chair, "/exceptions/found/", (3, 6, 6, 6)),
        Measured("chair's page", "resolution.chair", "/due/", (4, 5, 5, 6)),
        Measured("decisions", "executive", "/decisions/", (4, 5, 5, 6)),
        Measured("missing", manager, "/missing/", (4, 5, 5, 6)),
        Measured("register", chair, register, (3, 4, 4, 4)),
        Measured("plan at a glance", chair, f"{register}glance/", (4, 7, 7, 7)),
        Measured("register, words typed since", chair, f"{register}?text=audit", (4, 5, 5, 5)),
        Measured("search, looked at again", chair, "/search/?q=audit", (4, 4, 4, 4)),
        Measured("search, another word each time", chair, "/search/?q=audit{turn}", (6, 6, 8, 20)),
        Measured("an action", "cem.chair", action, (4, 4, 4, 5)),
        Measured("a meeting", chair, meeting, (4, 4, 4, 5)),
        Measured("change history", scrutineer, "/scrutiny/changes/", (4, 4, 4, 4)),
        Measured("portal", scrutineer, "/scrutiny/", (4, 4, 4, 4)),
        Measured("plan as at a moment", scrutineer, f"{then}{register}", (4, 5, 6, 8)),
        Measured("exceptions as at a moment", chair, f"{then}/exceptions/", (4, 5, 6, 8)),
        Measured(
            "two moments compared, a page of it",
            scrutineer,
            f"/scrutiny/compare/?since={half}&until={later}",
            (5, 6, 6, 8),
        ),
        Measured("a meeting's pack", scrutineer, f"{meeting}pack/", (6, 10, 20, STREAMED)),
        Measured("a scorecard", "mash.chair", "/groups/mash/scorecard/?month=2021-03", (5, 5, 5, 5)),
        Measured("all scorecards", chair, "/scorecards/?month=2021-03", (5, 5, 5, 5)),
        Measured("update form", "cem.chair", f"{action}update/", (2.5, 2.5, 2.5, 2.5)),
    ]  # fmt: skip


def get(address: str, post: str = "management.chair") -> Callable[[], None]:
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email=post + DEMO_DOMAIN), "subgroups.accounts.PostBackend")

    def page() -> None:
        response = client.get(address.replace("{turn}", str(next(TURNS))))
        assert response.status_code == 200, address
        for _ in response:  # a streamed one is read to its end
            pass

    return page


def rate_another() -> None:
    """Something recorded on another action than the one that is looked at."""
    action = Action.objects.get(slug="006")
    with recording(User.objects.get(email=f"management.chair{DEMO_DOMAIN}"), "Rated anew"):
        action.rating = "red" if action.rating == "amber" else "amber"
        action.save()
