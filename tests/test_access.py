"""Who may open and send what: a walk over every URL there is, by tests/access_table.py.

A URL that has no row here fails the walk, so nothing is served that nobody thought about.
"""

import re
from datetime import date
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from actions.models import (
    Action,
    ExceptionReport,
    ExceptionStep,
    Milestone,
    PlanDecision,
    ProgressUpdate,
    Theme,
)
from gscp import middleware, permissions
from gscp.permissions import may, own_account, public
from gscp.record import ChangeText, Redaction, recording
from subgroups.models import (
    Audit,
    Baseline,
    Escalations,
    Group,
    Meeting,
    Partner,
    Post,
    PostHolding,
    TrainingCheck,
    TrainingEvent,
    User,
)
from tests import at_view
from tests.access_table import JUNE, PUBLIC, ROLES, TABLE
from tests.evidence import file_of_evidence
from tests.factories import draft_plan, measure_of, read
from tests.lives_side_by_side import undone
from tests.reviews import review_things


def names(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name


def test_every_url_has_a_row():
    assert set(names(get_resolver().url_patterns)) == {row.name for row in TABLE}


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.usefixtures("member")
@pytest.mark.run_in("sqlite")  # links of a page
def test_every_post_finds_the_way_to_what_it_may_read_of_the_record(name, sign_in, db):
    page = sign_in(name).get("/plans/2021-22/").content.decode()
    assert page.count('href="/scrutiny/"') == 1 and 'href="/scrutiny/changes/"' in page


def things_of_plans(on_record, user, action) -> dict[str, int]:
    """A theme of a draft, a milestone, a further action, and a decision that waits for its chair."""
    with on_record():
        theme = Theme(plan=draft_plan("draft"), text="Neglect", position=1)
        theme.save()
        milestone = Milestone(action=action("005"), text="Begun")
        milestone.save()
        decision = PlanDecision(
            plan=action("005").plan,
            kind="amendment",
            meeting=Meeting.objects.get(group__slug=JUNE["slug"], date=JUNE["address"]),
            entered_by=user("business.manager"),
            reason="As agreed",
        )
        decision.save()
    return {
        "theme": theme.pk,
        "milestone": milestone.pk,
        "further_action": action("005").further_actions.get().pk,
        "plan_decision": decision.pk,
    }


def things_of_scorecards(on_record, user) -> dict[str, int]:
    """A measure of QiiP with a figure, and a line of each kind in its register."""
    with on_record():
        measure = measure_of("qiip")
        columns = {"entered_by": user("qiip.chair"), "confirmed_by": user("cem.chair")}
        reading = read(measure, columns.pop("entered_by"), date(2020, 4, 1), 60, 80, **columns)
        one, other = Partner.objects.all()[:2]
        held = {"group": measure.group}
        lines = {
            "audits": Audit(
                **held, focus="Thresholds", planned_for=date(2021, 2, 1), done_on=date(2021, 2, 8),
                sample_size="20",
            ),
            "training": TrainingEvent(**held, title="Neglect", held_on=date(2021, 1, 1)),
            "training-checks": TrainingCheck(
                **held, training="Neglect", checked_on=date(2021, 2, 1), result="meets", found="Good"
            ),
            "escalations": Escalations(
                **held, month=date(2021, 2, 1), stage="first", theme="Thresholds",
                raised_by=one, raised_with=other, count="7", days="70",
            ),
        }  # fmt: skip
        for line in lines.values():
            line.save()
    with on_record():
        lines["baseline"] = Baseline(measure=measure, period=date(2020, 5, 1), why="A new way of working")
        lines["baseline"].save()
        measure.mark_changed()
        measure.save()
    keys = {name: line.pk for name, line in lines.items()}
    return keys | {"measure": measure.pk, "reading": reading.pk}


def things_of_evidence(on_record, user, action, update) -> dict[str, int]:
    """A file for the update on 005, and a request to complete 004."""
    completion = ExceptionReport(action=action("004"), kind="completion", evidence="Minutes", impact="Seen")
    with on_record():
        completion.ask(user("management.chair"))
        evidence = file_of_evidence(update=update, entered_by=user("business.manager"), on_behalf=True)
        evidence.add()
    return {"evidence": evidence.pk, "completion": completion.pk}


@pytest.fixture
def things(member, user, action, on_record):
    """By the name a row gives them: an update on 005 and a decision, entered on their chairs' behalf by
    the Business Manager, an exception report before the Management Group, and a redaction asked for."""
    with on_record():
        update = ProgressUpdate(
            done="Met",
            difference="None yet",
            rating="green",
            entered_by=user("business.manager"),
            on_behalf=True,
        )
        action("005").record_update(update)
        report = ExceptionReport(action=action("005"), kind="exception")
        report.ask(user("cem.chair"))
        step = ExceptionStep(
            report=report,
            move="return",
            to_state="returned",
            to_group=report.with_group,
            entered_by=user("business.manager"),
            post=user("business.manager").posts[0],
            on_behalf=True,
            meeting=Meeting.objects.get(group__slug=JUNE["slug"], date=JUNE["address"]),
            provisional=True,
        )
        step.save()
    with recording(user("business.manager"), "It names a child"):
        Redaction.ask(ChangeText.objects.get(change=report.change_id, field="history_change_reason"))
    redaction = Redaction.objects.latest("pk")
    kept = things_of_plans(on_record, user, action)
    with on_record():
        post = Post(name="Adviser", role="member", group=Group.objects.get(slug="executive"))
        post.save()
        post.hand_over(date(2021, 4, 1), user("qiip.chair"))
    holding = post.holdings.latest("pk").pk
    return (
        {
            "holding": holding,
            "update": update.pk,
            "report": report.pk,
            "step": step.pk,
            "redaction": redaction.pk,
        }
        | kept
        | review_things(on_record, action)
        | things_of_scorecards(on_record, user)
        | things_of_evidence(on_record, user, action, update)
    )


def url_of(row, things):
    return reverse(row.name, kwargs={name: things.get(part, part) for name, part in row.parts.items()})


OURS = [row for row in TABLE if isinstance(row.may_get, frozenset)]


def by_row(answer, things) -> dict[str, object]:
    """What answer(row, url) says of each row. Each starts from the same record: what it did is undone."""
    answers = {}
    for row in OURS:
        url = url_of(row, things)
        with undone():
            answers[f"{row.name} {url}"] = answer(row, url)
    assert len(answers) == len(OURS)
    return answers


def who_may(row) -> dict[str, tuple[int, int]]:
    """The status of GET and POST, by role."""
    refused = 403 if row.may_post else 405
    return {
        role: (
            row.get_status if role in row.may_get else 403,
            row.post_status if role in row.may_post else refused,
        )
        for role in ROLES
    }


def who_ask_the_server(row) -> set[str]:
    """One role of each answer, another for each row; and the Scrutineer, whose database is another there."""
    turn = OURS.index(row) % len(ROLES)
    last_to_first = [*ROLES[turn:], *ROLES[:turn]][::-1]
    return {"scrutineer", *{who_may(row)[role]: role for role in last_to_first}.values()}


@pytest.mark.run_in("sqlite")  # the answers come from gscp/permissions.py
def test_a_role_gets_what_its_rows_say(sign_in, user, things):
    """Every role from every view; what the server does before that, it does for all of them alike."""
    clients = {role: sign_in(role) for role in ROLES}
    users = {role: user(role) for role in ROLES}

    def status(role, method, url, asks_the_server):
        if not asks_the_server:
            return at_view.status(users[role], method, url)
        response = getattr(clients[role], method)(url)
        if response.streaming:  # until it is read, its reader gets no other
            response.getvalue()
        return response.status_code

    def answer(role, url, asks_the_server):
        with undone():
            return tuple(status(role, method, url, asks_the_server) for method in ("get", "post"))

    def answers(row, url):
        of_server = who_ask_the_server(row)
        return {role: answer(role, url, role in of_server) for role in ROLES}

    assert {role for row in OURS for role in who_ask_the_server(row)} == set(ROLES)
    assert by_row(answers, things) == by_row(lambda row, url: who_may(row), things)


@pytest.mark.run_in("sqlite")  # refused before anything is looked up
def test_nobody_gets_anything_without_signing_in(things):
    def answers(row, url):
        responses = Client().get(url), Client().post(url, {})
        return [(response.status_code, urlsplit(response.url).path) for response in responses]

    assert by_row(answers, things) == by_row(lambda row, url: [(302, "/sign-in/")] * 2, things)


@pytest.mark.run_in("sqlite")  # the answers come from gscp/permissions.py
def test_nobody_gets_anything_without_a_post(things, on_record):
    with on_record():
        stranger = User(email="former.chair@gscp.example", name="Former chair", password="!")
        stranger.save()
    client = Client()
    client.force_login(stranger, backend="subgroups.accounts.PostBackend")

    def answers(row, url):
        responses = client.get(url), client.post(url, {})
        return [
            (response.status_code, b"post" in response.content, b"/actions/" in response.content)
            for response in responses
        ]

    assert by_row(answers, things) == by_row(lambda row, url: [(403, True, False)] * 2, things)


@pytest.mark.django_db
@pytest.mark.parametrize("row", [row for row in TABLE if row not in OURS], ids=lambda row: row.name)
@pytest.mark.run_in("sqlite")  # the answers come from gscp/permissions.py
def test_the_pages_of_an_account(row, sign_in):
    anonymous = Client().get(reverse(row.name, kwargs=row.parts))
    assert anonymous.status_code == 200 if row.may_get == PUBLIC else anonymous.status_code == 302
    assert sign_in("scrutineer").get(reverse(row.name, kwargs=row.parts)).status_code in (row.get_status, 302)


@pytest.mark.django_db
def test_ending_a_holding_ends_the_access_at_the_next_request(sign_in, user, on_record, it_is):
    chair = sign_in("cem.chair")
    assert chair.get("/plans/2021-22/").status_code == 200
    it_is(2021, 9, 14)
    with on_record("Moved on"):
        holding = PostHolding.objects.get(user=user("cem.chair"))
        holding.ended_on = "2021-09-14"
        holding.save()
    assert chair.get("/plans/2021-22/").status_code == 403
    it_is(2021, 9, 13)
    assert chair.get("/plans/2021-22/").status_code == 200


@pytest.mark.django_db
def test_a_subgroup_s_own_chair_acts_once_it_is_in_place(sign_in, action, on_record):
    url = "/plans/2021-22/actions/003/update/"
    assert sign_in("mash.chair").get(url).status_code == 403
    with on_record("Established by the Executive"):
        mash = action("003").group
        mash.established_on = "2021-04-01"
        mash.save()
    assert sign_in("mash.chair").get(url).status_code == 200
    assert sign_in("management.chair").get(url).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    ["/plans/2020-21/", "/plans/2021-22/actions/099/", "/scrutiny/changes/999999/", "/updates/1/confirm/"],
)
def test_what_is_not_there_is_not_found(url, sign_in):
    assert sign_in("business.manager").get(url).status_code == 404


def test_the_scrutineer_cannot_write_with_every_guard_taken_away(
    committed, sign_in, action, send, monkeypatch
):
    """The view's guard gone, and the permission with it: the database itself refuses."""
    monkeypatch.setattr(permissions, "has_perm", lambda *args: True)
    scrutineer = sign_in("scrutineer")
    url = "/plans/2021-22/actions/005/update/"
    scrutineer.raise_request_exception = False
    response = send(scrutineer, url, done="Nothing", difference="None", rating="red", reason="To see")
    assert response.status_code == 500
    assert ProgressUpdate.objects.count() == 0
    assert action("005").rating == ""
    # The same request by the chair goes through: it was the database's refusal, not a broken form.
    response = send(
        sign_in("cem.chair"), url, done="Nothing", difference="None", rating="red", reason="To see"
    )
    assert response.status_code == 302
    assert Action.objects.get(pk=action("005").pk).rating == "red"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("declared", "refuses"), [(may("read"), True), (own_account, False), (public, False)]
)
def test_what_a_view_says_decides_whether_the_scrutineer_writes_there(declared, refuses, rf, user, settings):
    """Not its address: an account may have more pages, at addresses of their own."""

    class Urls:
        urlpatterns = [path("passkeys/", declared(lambda request: None))]

    settings.ROOT_URLCONF = Urls
    sqlite, states = connection.vendor == "sqlite", []

    def ask_the_database(request):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only" if sqlite else "SHOW default_transaction_read_only")
            states.append(cursor.fetchone()[0])

    request = rf.get("/passkeys/")
    request.user = user("scrutineer")
    middleware.read_only_for_scrutineer(ask_the_database)(request)
    assert states == [(int(refuses) if sqlite else "on" if refuses else "off")]


def test_a_view_that_does_not_say_who_may_is_not_served(sign_in, monkeypatch, rf, user, db):
    request = rf.get("/anything/")
    request.user = user("business.manager")
    gate = middleware.DenyByDefault(lambda request: None)
    with pytest.raises(permissions.PermissionDenied):
        gate.process_view(request, lambda request: None, (), {})
    request.user = AnonymousUser()
    with pytest.raises(permissions.PermissionDenied):
        gate.process_view(request, lambda request: None, (), {})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("charset", "status"), [("utf-8", 200), ("utf8", 200), ("UTF-8", 200), ("latin-1", 400), ("utf-16", 400)]
)
@pytest.mark.run_in("sqlite")  # refused before anything is looked up
def test_a_form_in_another_encoding_is_refused_with_a_page(charset, status):
    browser = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/sign-in/").content.decode())
    form = urlencode({"csrfmiddlewaretoken": token[1], "login": "nobody@gscp.example", "password": "wrong"})
    as_sent = f"application/x-www-form-urlencoded; charset={charset}"
    answer = browser.post("/sign-in/", form, content_type=as_sent)
    assert answer.status_code == status
    assert ("This could not be read" if status == 400 else "There is a problem") in answer.content.decode()


@pytest.mark.django_db
def test_a_cookie_no_database_can_look_up_is_refused(client):
    assert client.get("/due/", HTTP_COOKIE='sessionid="\\000abcdefghijkl"').status_code == 400


@pytest.mark.parametrize(
    "url", ["/due/", "/nowhere/", "/plans/2021-22/actions/005/dates/", "/account/password/"]
)
@pytest.mark.run_in("sqlite")  # a header
def test_nothing_shown_to_a_post_is_kept_by_the_browser(url, sign_in):
    assert "no-store" in sign_in("cem.chair").get(url)["Cache-Control"]
