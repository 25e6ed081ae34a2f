"""The papers of which two meetings are compared: chosen from two lists, and named in one title."""

import re

import pytest
from django.utils import timezone

from subgroups.models import Group, Meeting

# Once: lists to choose from.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
DECIDING = ("executive", "management-group")


def lists_of(page: str) -> dict[str, tuple[list[str], str]]:
    """Of each of the two lists of meetings: what it offers, and the value that it begins with."""
    lists = re.findall(r'<select[^>]* name="(since|until)"[^>]*>(.*?)</select>', page, re.DOTALL)
    return {
        name: (
            [words.strip() for words in re.findall(r"<option[^>]*>([^<]*)<", options)],
            "".join(re.findall(r'value="([^"]*)" selected', options)),
        )
        for name, options in lists
    }


def test_any_two_meetings_are_chosen_from_two_lists(played, sign_in):
    reader = sign_in("scrutineer")
    lists = lists_of(reader.get("/scrutiny/compare/").content.decode())
    meetings, latest = lists["until"]
    assert lists["since"][0] == meetings
    # Of each group that decides, all whose papers have closed, and no other: the latest first.
    assert meetings[0] == "Management Group, 15 March 2022" and "Executive, 29 June 2021" in meetings
    assert not [words for words in meetings if "MASH" in words or "29 March 2022" in words]
    assert (lists["since"][1], latest) == ("2021-12-07T17:00:00", "2022-03-08T17:00:00")
    # Two that are no neighbours; the page shows both lists as they were sent.
    chosen = {"since": "2021-06-08T17:00:00", "until": "2021-12-07T17:00:00"}
    page = reader.get("/scrutiny/compare/", chosen).content.decode()
    assert "What changed from papers for Management Group, 15 June 2021 to papers for" in page
    assert {name: value for name, (_, value) in lists_of(page).items()} == chosen


def test_of_one_meeting_there_is_no_list(it_is, sign_in):
    it_is(2021, 6, 8)
    assert lists_of(sign_in("scrutineer").get("/scrutiny/compare/").content.decode()) == {}


def test_moments_of_several_meetings_are_named_in_one_title(it_is, on_record, sign_in):
    with on_record():
        one, other = (Meeting.objects.of(Group.objects.get(slug=slug)).first() for slug in DECIDING)
        other.papers_close = one.papers_close
        other.date = max(one.date, other.date)
        other.save()
    it_is(2021, 9, 30)
    closed = timezone.localtime(one.papers_close)
    page = sign_in("scrutineer").get(f"/scrutiny/compare/?since=2021-04-01&until={closed:%Y-%m-%dT%H:%M}")
    title = page.content.decode().split("<title>")[1].split("</title>")[0]
    assert re.match(r"What changed from 1 April 2021, 11:59pm to papers for .+ and .+ – ", title), title
    assert "Papers for" not in title


def test_meetings_whose_papers_closed_at_one_moment_are_one_choice(on_record, it_is, sign_in):
    """Two choices of one value would both be chosen, and the browser would show the other one."""
    it_is(2021, 6, 30)
    held = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
    with on_record():
        other = Meeting.objects.get(group__slug="executive", date="2021-06-29")
        other.papers_close = held.papers_close
        other.save()
    lists = lists_of(sign_in("scrutineer").get("/scrutiny/compare/").content.decode())
    assert lists == {}, "one choice is none to compare with"
    it_is(2021, 9, 15)
    lists = lists_of(sign_in("scrutineer").get("/scrutiny/compare/").content.decode())
    offered, chosen = lists["since"]
    assert [words for words in offered if " and " in words] == [f"{other} and {held}"]
    assert chosen == "2021-06-08T17:00:00"
    assert lists["until"][1] != chosen
