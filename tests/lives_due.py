"""For which meeting a report is due, and who was silent: the part of the plain model that is about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.lives_rows import Held, MeetingKey, Work


class Due:
    """What a Model knows of it. Moments are those of the partnership's clock."""

    shape: Any
    today: date
    meetings: dict[MeetingKey, Held]
    called_off: set[MeetingKey]
    papers: dict[MeetingKey, datetime]
    announced: dict[MeetingKey, datetime]  # when the meeting was recorded

    def meetings_of(self, slug: str) -> list[MeetingKey]:
        """Those for which a group's actions are reported, in the order in which their papers close."""
        line = self.shape.line(slug)
        group = next((above for above in line if self.shape.decides(above, self.today)), line[-1])
        keys = [key for key in self.meetings.keys() - self.called_off if key[0] == group]
        return sorted(keys, key=lambda key: (self.papers[key], key[1]))

    def closed(self, keys: list[MeetingKey], now: datetime) -> list[MeetingKey]:
        """Of these whose papers have closed and that were recorded before that."""
        return [key for key in keys if self.announced[key] <= self.papers[key] <= now]

    def before(self, keys: list[MeetingKey], one: MeetingKey, now: datetime) -> datetime | None:
        """When papers closed for the meeting before this one, if there was one."""
        earlier = [key for key in self.closed(keys, now) if self.papers[key] < self.papers[one]]
        return max((self.papers[key] for key in earlier if key[1] < one[1]), default=None)

    def next_meeting(self, keys: list[MeetingKey]) -> MeetingKey | None:
        to_come = [key for key in keys if key[1] >= self.today]
        return min(to_come, key=lambda key: key[1], default=None)

    def has_reported_since(self, work: Work, moment: datetime | None) -> bool:
        made = [versions[0].at for versions, _ in work.counting()]
        return bool(made) and (moment is None or made[-1] > moment)

    def was_open(self, work: Work, moment: datetime) -> bool:
        known = [is_open for since, is_open in work.opened if since <= moment]
        return bool(known) and known[-1]

    def is_silent(self, work: Work, now: datetime) -> bool:
        """Papers closed while it was open, and nobody has reported since those before them closed."""
        keys = self.meetings_of(work.group)
        closed, coming = self.closed(keys, now), self.next_meeting(keys)
        last = coming if coming in closed else closed[-1] if closed else None
        if last is None or not work.is_open or not self.was_open(work, self.papers[last]):
            return False
        return not self.has_reported_since(work, self.before(keys, last, now))

    def place(self, work: Work, now: datetime) -> str:
        """Where it stands among what is due: to report, new since papers closed, or reported."""
        keys = self.meetings_of(work.group)
        coming = self.next_meeting(keys)
        if not work.is_open:
            return ""
        closed = self.closed(keys, now)
        last = self.papers[closed[-1]] if closed else None
        # For a meeting that nobody has recorded yet, it counts from the last closing on.
        if self.has_reported_since(work, self.before(keys, coming, now) if coming else last):
            return "reported"
        is_new = coming and self.papers[coming] <= now and not self.was_open(work, self.papers[coming])
        return "not_expected" if is_new else "due"
