"""A scripted life that makes every move, and a few drawn ones; `make soak` lives ten thousand others."""

import pytest
from django.db import connection

from tests.lives import Life, live
from tests.lives_model import DECISIONS, MOVES, Work
from tests.lives_shape import BUSINESS_MANAGER, SCRUTINEER, SHAPES
from tests.lives_side_by_side import FORECASTS, settle, tally

pytestmark = pytest.mark.django_db
SUBGROUP, GROUP, HIGHEST, VICE = "qiip.chair", "management.chair", "executive", "executive.vice"
# Other lives on each database.
SEEDS = {"sqlite": 3, "postgresql": 4}


@pytest.fixture
def life():
    """Of the published partnership."""
    tally.clear()
    settle("gloucestershire")
    lived = Life()
    yield lived
    lived.teardown()


def begun(life, **work):
    life.set_stage([Work(priority="medium", stage="in_progress", original=FORECASTS[0], lead="", **work)])
    return life.model.actions[0]


def test_every_move_is_made_and_refused_as_the_model_has_it(life):
    """By script, since what Hypothesis draws differs with the modules loaded and the folders they lie in."""
    work = begun(life, group="qiip")
    everybody = life.shape.partners
    meetings = {group: (group, life.model.today) for group in ("management-group", "executive")}
    for meeting in meetings.values():
        life.record_meeting(*meeting, everybody)

    def asked(kind):
        assert life.model.may_ask(SUBGROUP, work, kind, FORECASTS[1])
        for who in (SCRUTINEER, GROUP, SUBGROUP, SUBGROUP):  # the second time it is asked already
            life.ask_of_both(who, work, kind, FORECASTS[1], "")
        return life.reports[-1]

    def made(report, *steps):
        """Each by who is named, after everybody else who may not has tried."""
        for who, move in steps:
            meeting = meetings[report.group] if move in DECISIONS else None
            for other in life.shape.posts:
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
    life.record_meeting(*meetings["management-group"], everybody[:2])
    completion = asked("completion")
    made(completion, (BUSINESS_MANAGER, "grant"))
    life.record_meeting(*meetings["management-group"], everybody)
    life.script = {"move-impact-check": FORECASTS[0], "check-impact": "partly"}
    made(completion, (GROUP, "ratify"), (GROUP, "move-impact-check"), (GROUP, "check-impact"))
    made(asked("reopening"), (GROUP, "grant"))
    made(asked("withdrawal"), (GROUP, "refuse"))

    own = life.add_work(Work("executive", HIGHEST, "high", "in_progress", FORECASTS[0]))
    life.ask_of_both(HIGHEST, own, "exception", None, "")
    made(life.reports[-1], (BUSINESS_MANAGER, "grant"), (VICE, "agree"), (HIGHEST, "done"))

    assert all(tally[f"{move}: done"] and tally[f"{move}: refused"] for move in MOVES), tally


def test_what_else_is_asked_lapses_with_a_withdrawal_and_stands_again_when_that_is_corrected(life):
    work = begun(life, group="qiip")
    meeting = "management-group", life.model.today
    life.record_meeting(*meeting, life.shape.partners)
    for kind in ("exception", "new_date", "withdrawal"):
        life.ask_of_both(SUBGROUP, work, kind, FORECASTS[1], "")
    exception, new_date, withdrawal = life.reports
    for report, move in ((exception, "return"), (withdrawal, "grant")):
        assert life.move_both(GROUP, report, move, meeting)
    assert exception.state == new_date.state == "lapsed"
    assert not life.move_both(SUBGROUP, exception, "answer", None)
    assert not life.move_both(GROUP, new_date, "grant", meeting)
    assert life.move_both(GROUP, withdrawal, "correct", meeting)
    assert [report.state for report in life.reports] == ["returned", "waiting", "waiting"]
    assert life.move_both(SUBGROUP, exception, "answer", None)


def test_what_is_entered_for_a_chair_waits_for_their_word(life):
    work = begun(life, group="qiip")
    meeting = "management-group", life.model.today

    def entered(report):
        return next(step for step in reversed(report.steps) if step.on_behalf)

    def said(report, word, who=SUBGROUP):
        for other in (BUSINESS_MANAGER, SCRUTINEER, HIGHEST, who, who):  # the second time it is said already
            life.say_of_both(other, report, entered(report), word)

    def asked(kind):
        life.ask_of_both(BUSINESS_MANAGER, work, kind, FORECASTS[1], "")
        return life.reports[-1]

    wrong = asked("exception")
    for who in (SUBGROUP, BUSINESS_MANAGER, GROUP):
        life.change_both(who, wrong, None)
    said(wrong, "not so")
    assert wrong.state == "taken_back" and [step.move for step in wrong.steps] == [
        "raise",
        "change",
        "not-so",
    ]
    life.record_meeting(*meeting, life.shape.partners)
    report = asked("exception")
    assert not life.move_both(GROUP, report, "grant", meeting)
    assert life.move_both(GROUP, report, "return", meeting)
    said(report, "so")
    for word, state in (("not so", "returned"), ("so", "waiting")):
        assert life.move_both(BUSINESS_MANAGER, report, "answer", None)
        assert not life.move_both(GROUP, report, "grant", meeting)
        said(report, word)
        assert report.state == state
    assert life.move_both(BUSINESS_MANAGER, report, "grant", meeting)
    said(report, "not so", GROUP)
    assert report.state == "granted"
    for word, state in (("not so", "granted"), ("so", "done")):
        assert life.move_both(BUSINESS_MANAGER, report, "done", None)
        said(report, word)
        assert report.state == state
    assert all(tally[f"{move} is not so: done"] for move in ("raise", "answer", "done", "grant"))


def test_what_is_reported_for_a_chair_or_corrected_counts_as_the_model_has_it(life):
    life.set_stage([Work("qiip", "", "medium", "not_started", FORECASTS[0])])
    work = life.model.actions[0]
    life.report_both(BUSINESS_MANAGER, work, "red")
    (first,) = work.updates[0]
    for who in (SUBGROUP, GROUP, SCRUTINEER, BUSINESS_MANAGER):
        life.correct_both(who, work, first, "amber")
    _, second = work.updates[0]
    for version, word, rating in ((first, "so", "amber"), (second, "not so", "red"), (first, "not so", "")):
        for who in (BUSINESS_MANAGER, GROUP, SUBGROUP, SUBGROUP):
            life.say_of_update_of_both(who, work, version, word)
        assert work.rating == rating
    assert work.status == "not_started"
    life.report_both(SUBGROUP, work, "")
    life.report_both(BUSINESS_MANAGER, work, "green")
    life.correct_both(SUBGROUP, work, work.updates[1][0], "amber")
    for who in (GROUP, SUBGROUP):
        life.say_of_update_of_both(who, work, work.updates[2][0], "so")
    life.correct_both(SUBGROUP, work, work.updates[2][0], "red")
    assert work.rating == "red" and work.status == "in_progress"


def test_what_was_entered_for_a_chair_stays_theirs_when_another_group_answers(life):
    work = begun(life, group="qiip")
    life.report_both(BUSINESS_MANAGER, work, "red")
    life.report_both(SUBGROUP, work, "amber")
    life.ask_of_both(BUSINESS_MANAGER, work, "exception", FORECASTS[1], "")
    (asked,) = life.reports[-1].steps
    life.let_answer(work, "cem")
    (entered,), _ = work.updates
    for who in ("cem.chair", BUSINESS_MANAGER, SUBGROUP):
        life.say_of_update_of_both(who, work, entered, "not so")
        life.say_of_both(who, life.reports[-1], asked, "so")
    assert (entered.said_by, asked.said_by) == (SUBGROUP, SUBGROUP)
    for who in ("cem.chair", SUBGROUP, BUSINESS_MANAGER):
        life.correct_both(who, work, work.updates[1][-1], "green")
    assert [version.on_behalf for version in work.updates[1]] == [False, False, True], (
        "of the author it is own"
    )
    life.report_both(BUSINESS_MANAGER, work, "red")
    for who in (SUBGROUP, "cem.chair"):
        life.say_of_update_of_both(who, work, work.updates[2][0], "so")
    assert work.updates[2][0].said_by == "cem.chair"


@pytest.mark.parametrize("name", SHAPES)
def test_the_record_goes_as_the_model_does(name):
    settle(name)
    live(name, 3, seed=SEEDS[connection.vendor])  # `make soak` lives ten thousand
