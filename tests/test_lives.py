"""A scripted life that makes every move, and a few drawn ones; `make soak` lives ten thousand others."""

import pytest
from django.db import connection

from tests.lives import Life, live
from tests.lives_model import (
    BUSINESS_MANAGER,
    DECISIONS,
    EXECUTIVE,
    MANAGEMENT_GROUP,
    MOVES,
    SAFEGUARDING,
    SCRUTINEER,
    Work,
)
from tests.lives_side_by_side import FORECASTS, tally

pytestmark = pytest.mark.django_db
SUBGROUP, GROUP, HIGHEST = "qiip.chair", "management.chair", "executive"
# Other lives on each database.
SEEDS = {"sqlite": 3, "postgresql": 4}


@pytest.fixture
def life():
    tally.clear()
    lived = Life()
    lived.set_stage(
        [Work(group="qiip", lead="", priority="medium", stage="in_progress", original=FORECASTS[0])]
    )
    yield lived
    lived.teardown()


def test_every_move_is_made_and_refused_as_the_model_has_it(life):
    """By script, since what Hypothesis draws differs with the modules loaded and the folders they lie in."""
    [work] = life.model.actions
    meetings = {group: (group, life.model.today) for group in (MANAGEMENT_GROUP, EXECUTIVE)}
    for meeting in meetings.values():
        life.record_meeting(*meeting, SAFEGUARDING)

    def asked(kind):
        assert life.model.may_ask(SUBGROUP, work, kind, FORECASTS[1])
        for who in (SCRUTINEER, GROUP, SUBGROUP, SUBGROUP):  # the second time it is asked already
            life.ask_of_both(who, work, kind, FORECASTS[1], "")
        return life.reports[-1]

    def made(report, *steps):
        """Each by who is named, after everybody else who may not has tried."""
        for who, move in steps:
            meeting = meetings[report.group] if move in DECISIONS else None
            for other in (SCRUTINEER, BUSINESS_MANAGER, GROUP, HIGHEST, SUBGROUP):
                if not life.model.may_make(other, report, move, meeting):
                    life.move_both(other, report, move, meeting)
            assert life.move_both(who, report, move, meeting), (who, move)

    made(
        asked("exception"),
        (GROUP, "return"),
        (SUBGROUP, "answer"),
        (GROUP, "escalate"),
        (HIGHEST, "refuse"),
        (HIGHEST, "correct"),
        (HIGHEST, "grant"),
        (SUBGROUP, "done"),
    )
    made(asked("new_date"), (SUBGROUP, "take-back"))

    # Granted while a partner is absent, ratified once all three are there; its impact is still to be seen.
    life.record_meeting(*meetings[MANAGEMENT_GROUP], SAFEGUARDING[:2])
    completion = asked("completion")
    made(completion, (BUSINESS_MANAGER, "grant"))
    life.record_meeting(*meetings[MANAGEMENT_GROUP], SAFEGUARDING)
    made(completion, (GROUP, "ratify"), (GROUP, "check-impact"))
    made(asked("reopening"), (GROUP, "grant"))
    made(asked("withdrawal"), (GROUP, "refuse"))

    assert all(tally[f"{move}: done"] and tally[f"{move}: refused"] for move in MOVES), tally


def test_the_record_goes_as_the_model_does():
    live(20, seed=SEEDS[connection.vendor])
