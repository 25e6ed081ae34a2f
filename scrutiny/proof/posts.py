"""Whether who acted held the posts that their entries name, by the record as it stood before the act.

With the database's password somebody can give a person a post for a moment, let them act, and put it back.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.utils import timezone

from gscp.record import Tracked, history_of
from scrutiny.proof.differences import REFERENCE
from scrutiny.proof.rows import rows_by_number
from subgroups.models import Group, Post, PostHolding, User

# What says from which posts somebody acts: the holding, once it is in force, and that they may sign in.
READ: list[tuple[type[Tracked], tuple[str, ...]]] = [
    (PostHolding, ("post_id", "user_id", "started_on", "ended_on", "accepted")),
    (Post, ("group_id",)),
    (Group, ("takes_decisions",)),
    (User, ("is_active",)),
]
# A request reads the posts first and the clock a little later: it may be past midnight by then.
READ_BEFORE = timedelta(minutes=1)


class PostsHeld:
    """Given the entries of a part of the ledger one by one. The rows of READ are few, and read at once.

    `act` is that of the entry before: if it goes on in this part, it was checked in the other one.
    """

    def __init__(self, until: int, act: Any):
        rows = [
            (number, pk, place, values)
            for place, (model, columns) in enumerate(READ)
            for number, pk, *values in rows_by_number(
                history_of(model), ("change_id", "id", *columns), 0, until
            )
        ]
        self.rows = sorted(rows, key=itemgetter(0), reverse=True)  # the next one last
        self.act = act
        # By id, as they are before the entry: rows of each model of READ.
        self.holdings, self.posts, self.groups, self.users = self.before = [dict[Any, list]() for _ in READ]
        self.right: set[tuple] = set()  # who acted from which posts on which day, until a holding changes

    def findings(self, number: int, entry: dict[str, Any]) -> Iterator[tuple[int, str]]:
        if entry["act"] == self.act:
            return
        self.act = entry["act"]
        while self.rows and self.rows[-1][0] < number:
            _, pk, place, values = self.rows.pop()
            self.before[place][pk] = values
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
            for post, user, started, ended, accepted in self.holdings.values()
            if user == actor
            and started <= day
            and not (ended and ended <= day)
            and self.users.get(user, [True])[0]
            and (accepted or not self.is_in_deciding_group(post))
        }

    def is_in_deciding_group(self, post: int) -> bool:
        # A row that is missing is told by itself.
        [group] = self.posts.get(post, [None])
        return bool(self.groups.get(group, [False])[0])


POST = Post._meta.label_lower


@lru_cache
def local_day(hour: str) -> str:
    """Of an hour of UTC, such as 2021-04-01T08: clocks differ from it by whole hours."""
    return timezone.localtime(datetime.fromisoformat(f"{hour}:00:00Z")).date().isoformat()
