"""The played year: lived through the application's own forms, once, in a demonstration only."""

import json
from datetime import date, time, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from actions import findings
from actions.management.commands import play_year
from actions.models import Action, ExceptionReport
from actions.models.places import place_after
from gscp.record import Change, demonstration_day
from subgroups.models import Meeting
from tests.published import PLAN, TABLE, publish_measures

pytestmark = pytest.mark.django_db


def said(*arguments) -> str:
    out = StringIO()
    call_command("play_year", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_sign_ins_told_are_those_that_hold_a_post(played):
    told = StringIO()
    call_command("load_demo", stdout=told)
    assert "qiip.chair.next@gscp.example" in told.getvalue()
    assert "qiip.chair@gscp.example" not in told.getvalue()


def test_the_story_s_ends(played):
    assert dict(Action.objects.values_list("ref", "status")) == {
        "001": "in_progress",
        "002": "complete",
        "003": "in_progress",
        "004": "in_progress",
        "005": "in_progress",
        "006": "complete",
    }
    redated = Action.objects.get(ref="005")
    assert (str(redated.original_date), str(redated.agreed_date)) == ("2021-09-30", "2021-12-31")
    completions = ExceptionReport.objects.filter(action__ref="006", kind="completion").order_by("pk")
    assert [report.state for report in completions] == ["refused", "granted"]
    ratified = ExceptionReport.objects.get(action__ref="002", kind="exception").steps.get(move="ratify")
    assert (
        ratified.points_to.provisional
        and not Meeting.objects.get(pk=ratified.points_to.meeting_id).is_quorate
    )


def test_every_act_is_recorded_on_its_day_and_at_its_time(played):
    acts = [act for act in json.loads(play_year.STORY.read_text())["acts"] if act["on"] < "2022-03-09"]
    entries = Change.objects.filter(actor_id__isnull=False).order_by("number")
    moments = dict.fromkeys(f"{timezone.localtime(entry.clock):%Y-%m-%d %H:%M:%S}" for entry in entries)
    assert list(moments) == [f"{act['on']} {act['time']}:00" for act in acts]
    assert not any(entry.clock_was_behind for entry in entries)
    assert settings.DEMO_TIME is None


def test_every_report_stands_where_its_steps_lead(played):
    reports = ExceptionReport.objects.for_pages()
    assert reports
    for report in reports:
        assert (report.state, report.with_group_id) == place_after(report.steps.all()), report


def test_every_rule_that_the_year_breaks_has_something_to_show(played):
    shown = {name for name, number in findings.of_live_plans().counts().items() if number}
    assert {"past_date", "red", "worse", "silent", "contradicts"} <= shown


def test_the_chairs_of_a_post_keep_their_entries(played, sign_in):
    page = sign_in("qiip.chair.next").get("/plans/2021-22/actions/006/").content.decode()
    assert "QiiP Subgroup Chair, NHS Gloucestershire Clinical Commissioning Group" in page
    assert sign_in("qiip.chair").get("/due/").status_code == 403
    inherited = sign_in("qiip.chair.next").get("/due/").content.decode()
    assert "Exception report on Action 006" in inherited, "a question returned to the post"
    assert "31 March 2022" in inherited, "a promise of the post"


def test_a_record_that_has_begun_is_left_as_it_is(played):
    head = Change.objects.last_number()
    assert "no year is played on it" in said()
    assert Change.objects.last_number() == head
    assert said("--day") == "2022-03-09"


def test_a_command_by_hand_records_no_earlier_than_the_record_has_come_to(played, it_is):
    """Each command begins on DEMO_TODAY, the plan's first day where nobody sets it."""
    last = Change.objects.last()
    it_is(2021, 4, 1)
    call_command("load_plan", TABLE, **PLAN | {"label": "2022-23"}, stdout=StringIO())
    added = Change.objects.filter(number__gt=last.number)
    assert added.exists() and not any(change.clock < last.clock for change in added)
    assert date(2021, 4, 1) == settings.DEMO_TODAY


def test_the_next_morning_a_demonstration_stands_on_its_next_day(played, monkeypatch):
    """Its clock has the time of the day: earlier than that of the last entry, it would be set back."""
    last = timezone.localtime(Change.objects.last().at)
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: midnight)
    assert said("--day") == max("2022-03-09", (last.date() + timedelta(days=1)).isoformat())
    assert demonstration_day(last.date()) == last.date() + timedelta(days=1)


def test_unplayed_it_stands_on_the_first_day(it_is):
    it_is(2021, 4, 1)
    assert said("--day") == "2021-04-01"


def test_it_is_played_in_a_demonstration_only(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="in a demonstration only"):
        said()


def test_a_story_the_application_refuses_stops_and_says_where(it_is, tmp_path, monkeypatch):
    it_is(2021, 4, 1)
    story = {
        "days": ["2022-03-09"],
        "acts": [
            {
                "on": "2021-04-06",
                "time": "09:00",
                "as": "cem.chair",
                "at": "/plans/2021-22/actions/005/update/",
                "send": {},
            }
        ],
    }
    (tmp_path / "story.json").write_text(json.dumps(story))
    monkeypatch.setattr(play_year, "STORY", tmp_path / "story.json")
    with pytest.raises(
        CommandError, match="2021-04-06, cem.chair: /plans/2021-22/actions/005/update/ did not take"
    ):
        said()


def test_the_question_stands_where_it_is_answered(played, sign_in):
    report = ExceptionReport.objects.get(action__ref="006", state="returned")
    page = sign_in("qiip.chair.next").get(f"{report.get_absolute_url()}answer/").content.decode()
    assert "What did the agencies’ training leads say when they were asked?" in page.replace("&#x27;", "’")


def test_a_year_that_was_interrupted_is_told(it_is):
    story = json.loads(play_year.STORY.read_text())
    it_is(2021, 4, 1)
    publish_measures()
    play_year.play(story["acts"][:9])
    it_is(2021, 4, 1)
    with pytest.raises(CommandError, match="interrupted"):
        said()
    last = date.fromisoformat(story["acts"][8]["on"])
    at = time.fromisoformat(story["acts"][8]["time"])
    # Where that time of the day is still to come, the demonstration stands on the day after.
    assert said("--day") == str(last + timedelta(days=timezone.localtime().time() < at))


def test_a_record_that_begins_after_the_story_is_told(it_is, on_record):
    it_is(2021, 5, 1)
    with on_record():
        action = Action.objects.first()
        action.rating = "red"
        action.save()
    with pytest.raises(CommandError, match="begins after the story’s first day, 2021-04-06"):
        said()
