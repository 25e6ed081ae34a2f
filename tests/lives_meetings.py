"""Meetings of the lives of tests/lives.py: who was there, and whether that is enough."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.timezone import make_aware

from gscp import clock
from subgroups.models import Attendance, Meeting
from tests.lives_model import Held, MeetingKey

# What lives have come to so far; of each thing that was tried, how often it was done and how often refused.
tally: Counter[str] = Counter()


class Meetings:
    """What a life does of meetings, on the record and in the model."""

    model: Any
    shape: Any
    groups: Any
    partners: Any
    on_record: Any
    meeting: Any

    def record_meeting(self, group: str, day: date, present: list[str] | None, why: str = ""):
        """A meeting, and the partners present if they are given; its chair goes on where that is right."""
        known = self.model.meetings.setdefault((group, day), Held())
        if present is not None:
            known.present, known.why_it_went_on = present, ""
            if self.shape.groups[group].chair_may_proceed and self.model.lacking((group, day)):
                known.why_it_went_on = why
        with self.on_record():
            meeting = Meeting.objects.filter(group=self.groups[group], date=day).first()
            if meeting is None:
                closing_day = day - timedelta(len(self.model.papers) % 3 * 4)
                papers_close = make_aware(datetime.combine(closing_day, time(0)))
                meeting = Meeting(group=self.groups[group], date=day, papers_close=papers_close)
                self.model.papers[group, day], self.model.announced[group, day] = papers_close, clock.now()
            meeting.why_it_went_on = known.why_it_went_on
            meeting.save()
            rows = {row.partner.name: row for row in meeting.attendances.select_related("partner")}
            for name, partner in self.partners.items() if present is not None else ():
                row = rows.get(name) or Attendance(meeting=meeting, partner=partner)
                row.presence = "present" if name in present else "absent"
                row.save()
        if present:
            self.compare_quorum((group, day))

    def compare_quorum(self, key: MeetingKey):
        """What a page says names who is missing, and nobody who was there."""
        meeting = self.meeting(key)
        lacking, present = self.model.lacking(key), self.model.meetings[key].present or []
        said = meeting.quorum_in_words
        assert meeting.is_quorate == (not lacking)
        assert said.startswith("Not quorate: ") == bool(lacking)
        for _, named in lacking:
            assert all((name in said) == (name not in present) for name in named)
        assert not any(name in said for name in present)
        tally[f"{'not ' if lacking else ''}quorate"] += 1
