"""The record as it stood: every page of the plan, at any moment, under the names of then."""

import re
from datetime import date, time
from html import escape, unescape

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from actions.models import Action, ExceptionReport
from gscp import dates
from gscp.record import Change, history_of, tracked_models
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Group, Meeting, Partner, Post

pytestmark = pytest.mark.django_db
SEPTEMBER = "/scrutiny/as-at/2021-09-14/"


def get(client, url, **options):
    return client.get(url, **options).content.decode()


PATHS = [
    "plans/2021-22/",
    "plans/2021-22/actions/005/",
    "exceptions/",
    "exceptions/found/",
    "exceptions/reports/",
    "decisions/",
    "due/",
    "missing/",
    "meetings/",
    "meetings/management-group/2021-06-15/",
    "partners/",
    "groups/",
    "posts/",
]


def content(page: str, prefix: str = "/") -> str:
    """What the page says, its links as they are today."""
    return page.split("<main", 1)[1].split("</main>")[0].replace(prefix, "/")


def test_a_page_reads_as_it_did_on_that_day(it_is, sign_in, send, on_record):
    """Somebody asks, and every page is kept; then a new name, a decision and a year later it is looked up."""
    it_is(2021, 6, 10)
    said = {"what": "x", "cause": "No leads", "effect": "They wait", "recovery": "Ask", "asked_for": "Leads"}
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/exception/", **said | {"what": "All of it"})
    said = {"done": "Met them", "difference": "Seen sooner", "rating": "amber", "reason": "Begun"}
    send(sign_in("qiip.chair"), "/plans/2021-22/actions/006/update/", **said)
    reader, report = sign_in("scrutineer"), ExceptionReport.objects.get()
    paths = [*PATHS, report.get_absolute_url()[1:], Post.objects.first().get_absolute_url()[1:]]
    then = {path: content(get(reader, f"/{path}")) for path in paths}
    it_is(2022, 6, 1)
    with on_record():
        for action in Action.objects.all():
            action.rating, action.status, action.text = "red", "complete", "Other words"
            action.save()
        for group in Group.objects.all():
            group.name = f"New {group.name}"
            group.save()
        for meeting in Meeting.objects.all():
            meeting.note = "Moved to another room"
            meeting.save()
        successor = Partner(name="Another Constabulary")
        Partner.objects.get(kind="police").be_succeeded_by(successor, date(2021, 5, 1))
        report.refresh_from_db()
        report.state = "taken_back"
        report.save()
    for path in paths:
        past = get(reader, f"/scrutiny/as-at/2021-06-10/{path}")
        assert "The record as it stood</strong> on 10 June 2021, 11:59pm" in past
        assert f'href="/{path}">This page today' in past
        assert content(past, "/scrutiny/as-at/2021-06-10/") == then[path], path
    assert content(get(reader, "/plans/2021-22/")) != then["plans/2021-22/"]


def test_every_model_stands_as_its_latest_history_row_and_nobody_writes(played, sign_in, user, action):
    for number in range(1, Change.objects.last_number() + 1, 7):
        with looking_back(Past.read(str(number))):
            assert Change.objects.last_number() == number
            for model in tracked_models():
                columns = [field.attname for field in history_of(model).tracked_fields]
                rows = history_of(model).objects.filter(change__lte=number).order_by("change")
                then = {row["id"]: row for row in rows.values(*columns)}
                assert {row["id"]: row for row in model._base_manager.values(*columns)} == then, model
    reader, manager, page = sign_in("scrutineer"), sign_in("business.manager"), "plans/2021-22/actions/002/"
    for role in ("management.chair", "business.manager", "cem.chair"):
        assert {sign_in(role).get(SEPTEMBER + path).status_code for path in PATHS} == {200}
    # Labels are true of then, too.
    for path in ("posts/", "posts/1/", "missing/", "exceptions/", "due/"):
        assert not re.search(r"\b(today|now)\b", content(get(reader, SEPTEMBER + path)), re.IGNORECASE), path
    # Who is signed in stays so, and signs out of today.
    top = get(manager, SEPTEMBER + page).split("<main")[0]
    assert user("business.manager").post_titles in top and 'action="/sign-out/"' in top
    # The links stay in the past.
    register = get(reader, f"{SEPTEMBER}plans/2021-22/")
    assert f'href="{SEPTEMBER}plans/2021-22/actions/005/"' in register
    assert 'href="/plans/2021-22/actions/005/"' not in register
    assert content(get(reader, "/scrutiny/as-at/?on=2021-09-14", follow=True)) == content(register)
    # What speaks of the whole record leads to today; what writes, and what there never was, nowhere.
    assert reader.get(f"{SEPTEMBER}scrutiny/changes/").url == "/scrutiny/changes/"
    assert reader.get(f"{SEPTEMBER}scrutiny/changes/?action=002").url == "/scrutiny/changes/?action=002"
    for path in ("sign-in/", "account/password/change/", "nowhere/", "plans/2021-22/actions/999/"):
        assert reader.get(SEPTEMBER + path).status_code == 404
    for path in (f"{page}update/", "meetings/new/", "posts/new/", "exceptions/1/take-back/"):
        assert manager.get(SEPTEMBER + path).status_code == 404
    assert manager.post(SEPTEMBER + page).status_code == 405
    assert "Update progress" not in get(manager, SEPTEMBER + page)
    with looking_back(Past.read("2021-09-14")):
        assert not user("business.manager").has_perm("report", action("002"))
    assert user("business.manager").has_perm("report", action("002"))
    with looking_back(Past.read("2021-09-14")), pytest.raises(RuntimeError, match="only read"):
        Action.objects.filter(pk=1).update(rating="red")


def test_blocks_that_look_back_nest_to_the_same_moment_and_to_another():
    early, late = Past.read("20"), Past.read("40")
    with looking_back(late), looking_back(late):
        assert Change.objects.count() == 40
    with looking_back(late):
        with looking_back(early):
            assert Change.objects.count() == 20
            assert Action.objects.filter(change__gt=20).count() == 0
        assert Change.objects.count() == 40
    with looking_back(late), connection.execute_wrapper(lambda execute, *statement: execute(*statement)):
        assert Change.objects.count() == 40, "whoever else listens to statements"


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        ("2022-03-10", "That is still to come"),
        ("9999-12-31", "That is still to come"),
        ("2021-03-31", "Nothing was on record yet: the record begins on 1 April 2021, "),
        ("2021-02-30", "Write a day as 2021-09-14"),
        ("2021-09-14T25:00", "Write the time as 5pm or 17:00."),
        ("0", "There is no entry with that number"),
        ("999999999999999", "There is no entry with that number"),
        ("9" * 40, "Write a day as 2021-09-14"),
        ("²", "Write a day as 2021-09-14"),
        ("never", "Write a day as 2021-09-14"),
    ],
)
def test_a_moment_that_is_none_gets_a_message(moment, message, it_is, sign_in):
    it_is(2022, 3, 9)
    reader = sign_in("scrutineer")
    response = reader.get(f"/scrutiny/as-at/{moment}/plans/")
    assert response.status_code == 404 and message in response.content.decode()
    bare = reader.get(f"/scrutiny/as-at/{moment}/")
    assert bare.status_code == 404 and bare.content.decode().count(message) == 2  # above, and at the field
    assert message in get(reader, f"/scrutiny/as-at/?on={moment}")


def test_a_time_with_seconds_is_said_to_be_one_that_can_be_typed(it_is, sign_in):
    it_is(2022, 3, 9)
    page = get(
        sign_in("scrutineer"), "/scrutiny/compare/?since=2021-09-14T17:00:00&until=2021-12-07T17:00:00"
    )
    assert 'value="17:00:00"' in page and "With seconds, as in 17:00:00, it is that very second." in page
    asked = {"on-day": 14, "on-month": 9, "on-year": 2021, "on-time": "17:00:00"}
    response = sign_in("scrutineer").get("/scrutiny/as-at/", asked)
    assert response.url == "/scrutiny/as-at/2021-09-14T17:00:00/plans/current/"


def test_a_time_of_that_day_can_be_chosen(it_is, sign_in):
    it_is(2022, 3, 9)
    asked = {"on-day": 14, "on-month": 9, "on-year": 2021, "on-time": "17:00"}
    response = sign_in("scrutineer").get("/scrutiny/as-at/", asked)
    assert response.url == "/scrutiny/as-at/2021-09-14T17:00/plans/current/"
    early = sign_in("scrutineer").get("/scrutiny/as-at/", asked | {"on-time": "9:05"})
    assert early.url == "/scrutiny/as-at/2021-09-14T09:05/plans/current/"
    page = get(sign_in("scrutineer"), "/scrutiny/as-at/", data=asked | {"on-time": "five"})
    assert "Write the time as 5pm or 17:00." in page and 'value="five"' in page
    for wrong in ({"on-month": "13"}, {"on-day": "", "on-month": "", "on-year": ""}):
        page = get(sign_in("scrutineer"), "/scrutiny/as-at/", data=asked | wrong)
        assert "govuk-error-message" in page and 'value="17:00"' in page, "what was typed is not lost"


def test_a_page_of_the_past_says_so_in_its_title_and_leaving_it_is_told(it_is, sign_in):
    it_is(2022, 3, 9)
    reader, then = sign_in("scrutineer"), "/scrutiny/as-at/2021-09-14T17:00/"
    page = get(reader, f"{then}plans/2021-22/actions/005/")
    assert ", as it stood on 14 September 2021, 5pm – GSCP business plan</title>" in page
    told = "You have left the record as it stood on 14 September 2021, 5pm"
    assert told not in page
    for address in ("scrutiny/", "scrutiny/changes/?action=005", "scrutiny/changes/20/"):
        assert told in get(reader, f"{then}{address}", follow=True)
        assert told not in get(reader, f"/{address}")


def test_another_moment_is_chosen_for_the_same_page_from_the_one_that_is_shown(it_is, sign_in):
    it_is(2022, 3, 9)
    reader = sign_in("scrutineer")
    assert (
        reader.get("/scrutiny/as-at/2021-09-14T17:00/").url
        == "/scrutiny/as-at/2021-09-14T17:00/plans/current/"
    )
    page = "exceptions/found/?rule=silent&group=qiip"
    shown = get(reader, f"/scrutiny/as-at/2021-09-14T17:00/{page}")
    assert f'href="/{escape(page)}">This page today' in shown
    form = get(reader, unescape(re.search(r'href="([^"]*)">Another moment', shown)[1]))
    boxes = dict(re.findall(r'name="on-(\w+)" [^>]*value="([^"]*)"', form))
    assert boxes == {"day": "14", "month": "9", "year": "2021", "time": "17:00"}
    asked = {"on-day": "7", "on-month": "12", "on-year": "2021", "page": page}
    assert f'name="page" value="{escape(page)}"' in form
    assert reader.get("/scrutiny/as-at/", asked).url == f"/scrutiny/as-at/2021-12-07/{page}"
    # What cannot be shown is asked for again, on that page.
    wrong = get(reader, f"/scrutiny/as-at/2099-01-01/{page}")
    assert f'name="page" value="{escape(page)}"' in wrong and 'value="2099"' in wrong


def test_the_papers_of_a_coming_meeting_are_a_moment_once_they_closed(it_is, sign_in):
    papers = "/scrutiny/as-at/2022-03-08T17:00:00/plans/"
    for today, listed in ((7, False), (9, True)):
        it_is(2022, 3, today)
        page = get(sign_in("scrutineer"), "/scrutiny/as-at/")
        assert (papers in page) is listed
        assert "/scrutiny/as-at/2022-03-15/" not in page
    assert sign_in("scrutineer").get(papers, follow=True).status_code == 200


def test_before_its_group_was_on_record_a_chair_s_pages_are_as_anybody_s(sign_in):
    reader = sign_in("cem.chair")
    for number in range(1, 20):
        for page in ("due", "exceptions", "decisions", "missing", "groups", "meetings"):
            assert reader.get(f"/scrutiny/as-at/{number}/{page}/").status_code == 200, (number, page)


def test_the_last_minute_of_a_moment_is_part_of_it(action, on_record, settings):
    """What pages show as 12:30am stands in "as at 00:30"; papers close at the very moment."""
    settings.DEMO_TODAY, head = date(2021, 6, 9), {}
    for typed in ("00:29:59", "00:30:00", "00:30:59", "00:31:00"):
        settings.DEMO_TIME = time.fromisoformat(typed)
        with on_record():
            subject = action("005")
            subject.rating = {"": "red", "red": "amber", "amber": "green", "green": "red"}[subject.rating]
            subject.save()
        head[typed] = Change.objects.last_number()
    assert dates.moment_in_words(Change.objects.get(number=head["00:30:59"]).at) == "9 June 2021, 12:30am"
    assert Past.read("2021-06-09T00:30").number == head["00:30:59"]
    assert Past.read("2021-06-09T00:30:00").number == head["00:30:00"]
    # The minute that has begun is looked at as far as it has come.
    settings.DEMO_TIME = time(0, 31, 20)
    assert Past.read("2021-06-09T00:31").number == head["00:31:00"]
    with pytest.raises(ValidationError, match="still to come"):
        Past.read("2021-06-09T00:32")
