"""Whether who acted held the posts that their entries name, by the record as it stood before the act.

With the database's password somebody can give a person a post for a moment, let them act, and put it back.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone

from gscp.record import history_of
from scrutiny.proof.differences import REFERENCE
from scrutiny.proof.rows import rows_by_number
from subgroups.models import Post, PostHolding

HOLDING = ("change_id", "id", "post_id", "user_id", "started_on", "ended_on")
# A request reads the posts first and the clock a little later: it may be past midnight by then.
READ_BEFORE = timedelta(minutes=1)


class PostsHeld:
    """Given the entries of a part of the ledger one by one. Few holdings are on record: all are read at once.

    `act` is that of the entry before: if it goes on in this part, it was checked in the other one.
    """

    def __init__(self, until: int, act: Any):
        self.rows = list(rows_by_number(history_of(PostHolding), HOLDING, 0, until))[
            ::-1
        ]  # the next one last
        self.act = act
        self.holdings: dict[int, tuple] = {}  # by id, as they are before the entry
        self.right: set[tuple] = set()  # who acted from which posts on which day, until a holding changes

    def findings(self, number: int, entry: dict[str, Any]) -> Iterator[tuple[int, str]]:
        if entry["act"] == self.act:
            return
        self.act = entry["act"]
        while self.rows and self.rows[-1][0] < number:
            _, pk, *holding = self.rows.pop()
            self.holdings[pk] = tuple(holding)
            self.right.clear()
        actor, clock = entry["actor_id"], entry["clock"]
        acted = actor, entry["actor_post"], local_day(clock[:13])
        if acted in self.right:
            return
        named = {int(pk) for label, pk in REFERENCE.findall(entry["actor_post"]) if label == POST}
        a_moment_ago = datetime.fromisoformat(clock) - READ_BEFORE
        if named not in (
            self.held_by(actor, acted[-1]),
            self.held_by(actor, local_day(f"{a_moment_ago:%FT%H}")),
        ):
            yield number, "who acted did not hold these posts then, or held others too."
        else:
            self.right.add(acted)

    def held_by(self, actor: int | None, day: str) -> set[int]:
        return {
            post
            for post, user, started, ended in self.holdings.values()
            if user == actor and started <= day and not (ended and ended <= day)
        }


POST = Post._meta.label_lower


@lru_cache
def local_day(hour: str) -> str:
    """Of an hour of UTC, such as 2021-04-01T08: clocks differ from it by whole hours."""
    return timezone.localtime(datetime.fromisoformat(f"{hour}:00:00Z")).date().isoformat()
