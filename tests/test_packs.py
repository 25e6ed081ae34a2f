"""Meeting packs: what was before a group when its papers closed, put together again at any time."""

import hashlib
import json
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import Action, BusinessPlan, ExceptionReport, ProgressUpdate
from gscp import facts
from gscp.record import Change, ledger
from subgroups.models import Attendance, Group, Meeting, Partner, Post
from tests.factories import ActionFactory, another_plan

pytestmark = pytest.mark.django_db
PACK = "/meetings/management-group/2021-12-14/pack/"


def test_a_pack_is_the_same_whenever_it_is_put_together(played, sign_in, on_record, it_is):
    reader = sign_in("scrutineer")
    page, data = reader.get(PACK).content.decode(), b"".join(reader.get(f"{PACK}data/"))
    digest = hashlib.sha256(data).hexdigest()
    assert digest in page
    it_is(2022, 6, 1)
    with on_record():
        for action in Action.objects.all():
            action.text, action.status = "Other words", "withdrawn"
            action.save()
        meeting = Meeting.objects.get(date="2021-12-14")
        meeting.note = "Minutes agreed"
        meeting.save()
    again = reader.get(PACK).content.decode()
    assert b"".join(reader.get(f"{PACK}data/")) == data and digest in again
    assert "Other words" not in again


def test_a_pack_looked_at_again_reads_no_updates(played, sign_in):
    reader = sign_in("scrutineer")
    assert reader.get(PACK).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        assert reader.get(PACK).status_code == 200
    asked = [query["sql"] for query in queries]
    assert asked and not [sql for sql in asked if '"actions_progressupdate"' in sql]


def said_of_later(page: str) -> str:
    """The page without what it says became of the meeting since."""
    return " ".join(re.sub(r'<div class="govuk-inset-text">.*?</div>', "", page, flags=re.S).split())


def test_papers_stay_as_they_were_whatever_is_recorded_later(played, sign_in, on_record, it_is, post):
    reader = sign_in("scrutineer")
    closed = [meeting for meeting in Meeting.objects.with_papers_closed() if meeting.papers_issued]
    addresses = [f"{meeting.get_absolute_url()}pack/" for meeting in closed]
    assert len(addresses) == 19

    def papers():
        for address in addresses:
            page, data = (b"".join(reader.get(found)) for found in (address, f"{address}data/"))
            crumbs, main = page.decode().split("govuk-breadcrumbs", 1)[1].split("<main", 1)
            yield address, said_of_later(crumbs), said_of_later(main.split("</main>")[0]), data

    before = list(papers())
    groups = {group.slug: group for group in Group.objects.all()}
    with on_record():  # on 9 March, for that day and for days that have passed
        for day, closing in ((date(2022, 3, 9), date(2022, 3, 7)), (date(2021, 12, 6), date(2021, 12, 1))):
            for slug in ("management-group", "executive"):
                extra = Meeting(group=groups[slug], date=day, papers_close=f"{closing}T17:00Z")
                extra.save()
                Attendance(meeting=extra, partner=Partner.objects.first(), presence="present").save()
    assert list(papers()) == before, "meetings are recorded later"
    moved = groups["management-group"].meetings.get(date="2022-03-15")
    with on_record():
        moved.date = date(2022, 3, 17)
        moved.save()
    assert list(papers()) == before, "one is moved"
    it_is(2022, 3, 10)
    with on_record():
        moved.called_off = True
        moved.save()
        post("Management Group Chair").hand_over(date(2022, 3, 10), None)
        groups["resolution"].ended_on = date(2022, 3, 10)
        groups["management-group"].name = "Board"
        for group in (groups["resolution"], groups["management-group"]):
            group.save()
        another_plan("2022-23", "Business Plan 2022/23", date(2022, 4, 1), date(2023, 3, 31))
    assert list(papers()) == before, "it is called off, the post passes on, and groups and plans change"


def test_its_data_are_the_ledger_s_own_and_hold_no_free_text(played, sign_in):
    data = b"".join(sign_in("scrutineer").get(f"{PACK}data/"))
    pack = json.loads(data)
    assert ledger.canonical(pack).encode() == data
    pinned = Change.objects.get(number=pack["number"])
    closed = Meeting.objects.get(date="2021-12-14", group__slug="management-group").papers_close
    assert pinned.hash == pack["hash"] and pinned.at <= closed
    assert not Change.objects.filter(number__gt=pinned.number, at__lte=closed).exists()
    actions = {
        record["row"]["ref"]: record["row"]
        for record in pack["records"]
        if record["model"] == "actions.action"
    }
    assert set(actions) == {"001", "002", "003", "004", "005", "006"}
    assert set(actions["005"]["text"]) == {"entry", "sha256"}
    for record in pack["records"]:
        line = json.loads(Change.objects.get(number=record["number"]).line)
        assert line["row"] == record["row"]
    assert b"Constabulary" not in data


def test_its_data_hold_all_that_the_meeting_is_about(on_record, it_is, sign_in, user, action):
    """An attendance, a post and a report of another plan are in it; what is before another group is not."""
    group, executive = (Group.objects.get(slug=slug) for slug in ("management-group", "executive"))
    meeting, others_meeting = (Meeting.objects.filter(group=group).first() for group in (group, executive))
    partner, chair = Partner.objects.first(), user("management.chair")
    with on_record():
        earlier = BusinessPlan.objects.get()
        earlier.pk, earlier.change_id, earlier._state.adding = None, None, True
        earlier.label, earlier.first_day, earlier.last_day = "2020-21", date(2020, 4, 1), date(2021, 3, 31)
        earlier.save()
        before_group, before_executive, unasked = (
            ActionFactory(plan=earlier, group=group, driver=action("001").driver, status="complete")
            for _ in range(3)
        )
        reports = [
            ExceptionReport(action=before_group, kind="exception", state="waiting", with_group=group),
            ExceptionReport(action=before_executive, kind="exception", state="waiting", with_group=executive),
        ]
        updates = [
            ProgressUpdate(action=on, nil_return=True, entered_by=chair) for on in (before_group, unasked)
        ]
        attendances = [
            Attendance(meeting=at, partner=partner, presence="present") for at in (meeting, others_meeting)
        ]
        posts = [Post(name=name, role="member", group=group) for name in ("Observer", "Adviser")]
        for row in (*reports, *updates, *attendances, *posts):
            row.save()
        posts[1].group = executive
        posts[1].save()
        earlier.status = "closed"
        earlier.save()
    it_is(2021, 6, 20)
    with on_record():
        posts[0].group = executive  # after the papers closed
        posts[0].save()
    pack = json.loads(b"".join(sign_in("scrutineer").get("/meetings/management-group/2021-06-15/pack/data/")))
    records = {(record["model"], record["row"]["id"]) for record in pack["records"]}
    wanted = [group, meeting, before_group, reports[0], updates[0], attendances[0], posts[0]]
    unwanted = [executive, others_meeting, earlier, before_executive, unasked]
    unwanted += [reports[1], updates[1], attendances[1], posts[1]]
    assert records >= {(row._meta.label_lower, row.pk) for row in wanted}
    assert not records & {(row._meta.label_lower, row.pk) for row in unwanted}
    rows = {(record["model"], record["row"]["id"]): record["row"] for record in pack["records"]}
    assert rows["subgroups.post", posts[0].pk]["group_id"] == group.pk


def test_a_pack_shows_what_stood_then(played, sign_in, it_is):
    page = sign_in("management.chair").get(PACK).content.decode()
    for words in ("Seal of the record", "Seal of these papers"):
        assert words in page
    head = re.search(r">(\d+(?:-[0-9A-Z]{4}){4})<", page)[1]
    assert f'href="/scrutiny/verify/?head={head}"' in page
    # What it lists leads to the same moment, and an action's status is beside its rating of then.
    listed = page.split("Asked of the Management Group")[1].split('id="proof"')[0]
    links = re.findall(r'href="(/[^"]*)"', listed)
    assert links and all(link.startswith("/scrutiny/as-at/2021-12-07T17:00:00/") for link in links)
    assert sign_in("management.chair").get(links[0]).status_code == 200
    assert "Proposed complete" in listed.split("The plan</h2>")[1]
    # The full texts are in it: the argument of a request, and an update.
    asked, rest = listed.split("Off plan</h2>")
    assert "The decision asked for" in asked and "The subgroup began in October" in asked
    reported = rest.split("What was reported, in full</h2>")[1]
    assert "What difference it made for children" in reported and "nil return" in reported.lower()
    assert page.index("Seal of these papers") > page.index("What was reported, in full"), "proof comes last"
    agenda = sign_in("cem.chair").get(PACK.removesuffix("pack/")).content.decode()
    assert f'href="{PACK}"' in agenda
    assert "?since=2021-09-07T17:00:00&amp;until=2021-12-07T17:00:00" in page


@pytest.mark.parametrize(
    "address",
    [
        "/meetings/management-group/2022-03-15/pack/",  # its papers closed on 8 March
        "/meetings/management-group/2021-06-16/pack/",
        "/meetings/nobody/2021-06-15/pack/",
        "/meetings/executive/2022-03-29/pack/data/",
    ],
)
def test_there_is_no_pack_of_what_never_was_or_is_still_to_close(address, it_is, sign_in):
    it_is(2022, 3, 7)
    assert sign_in("scrutineer").get(address).status_code == 404


def test_papers_that_closed_before_the_record_began_are_no_pack(on_record, it_is, sign_in):
    with on_record():
        meeting = Meeting.objects.get(date=date(2021, 6, 15))
        meeting.papers_close = meeting.papers_close.replace(year=2020)
        meeting.save()
    it_is(2021, 6, 20)
    assert sign_in("scrutineer").get(f"{meeting.get_absolute_url()}pack/").status_code == 404


def test_a_large_pack_is_sent_as_it_is_made_and_holds_the_same(played, sign_in, monkeypatch):
    reader = sign_in("scrutineer")
    whole, data = reader.get(PACK), b"".join(reader.get(f"{PACK}data/"))
    monkeypatch.setattr("scrutiny.views.packs.BATCH", 2)
    monkeypatch.setattr("scrutiny.papers.packs.BATCH", 7)
    facts.kept.clear()
    in_parts = reader.get(PACK)
    assert in_parts.streaming and not whole.streaming
    words = [b"".join(page).split(b"<main")[1].split() for page in (whole, in_parts)]
    assert words[0] == words[1]
    assert b"".join(reader.get(f"{PACK}data/")) == data


def test_a_large_pack_takes_as_many_queries_for_any_number_of_actions_in_a_part(
    on_record, it_is, sign_in, action, monkeypatch
):
    like, reader, taken = action("006"), sign_in("scrutineer"), []
    for more in (10, 30):
        it_is(2021, 4, 2)
        with on_record():
            for _ in range(more):
                ActionFactory(plan=like.plan, driver=like.driver, group=like.group)
        it_is(2021, 6, 10)
        monkeypatch.setattr("scrutiny.views.packs.BATCH", 8 if more == 10 else 24)
        facts.kept.clear()
        with CaptureQueriesContext(connection) as queries:
            page = reader.get("/meetings/management-group/2021-06-15/pack/")
            assert page.streaming and b"".join(page)
        taken.append(len(queries))
    assert taken[0] == taken[1]
