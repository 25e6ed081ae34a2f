"""Every role, state and move: the table, and what the server makes of it.

A report's page offers each role its row and nothing else; every other move it sends is refused, and leaves
no trace.
"""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from actions.models import Action, ExceptionReport
from actions.models.chain import MOVES_BY_NAME
from gscp.record import Change, recording
from subgroups.models import Attendance, Meeting, Partner, User
from tests import access_table, at_view
from tests.conftest import form_of
from tests.factories import TO_CHECK
from tests.lives_side_by_side import undone

# A vice-chair may do what the chair may, and whoever leads what the chair of its group may: not asked twice.
ROLES = [role for role in access_table.ROLES if role not in ("executive.vice", "cem.member")]

pytestmark = pytest.mark.django_db
ONCE = pytest.mark.run_in("sqlite")

# What is asked on which action, where it stands, and who may then do what. Whoever is not named may read.
CHECKED_AGAIN = {"management.chair": "check-impact correct", "executive": "check-impact"}
TABLE = {
    # Medium priority, QiiP's: the Management Group decides, or passes it on.
    ("006", "exception"): {
        "management-group": {
            "qiip.chair": "take-back",
            "management.chair": "return escalate grant refuse",
            "business.manager": "return escalate grant refuse",
        },
        "management-group, provisionally granted": {
            "qiip.chair": "take-back",
            "management.chair": "return escalate grant refuse ratify",
            "business.manager": "return escalate grant refuse ratify",
        },
        "executive": {
            "qiip.chair": "take-back",
            "executive": "return grant refuse",
            "business.manager": "return grant refuse",
        },
        "returned": {
            "qiip.chair": "answer take-back",
            "management.chair": "correct",
            "business.manager": "answer correct",
        },
        "granted": {
            "qiip.chair": "done",
            "management.chair": "correct",
            "business.manager": "correct done",
        },
        "refused": {"management.chair": "correct", "business.manager": "correct"},
        "done": {"management.chair": "correct", "business.manager": "correct"},
        "taken_back": {},
    },
    # The Management Group's chair answers for it: the Executive decides.
    ("002", "exception"): {
        "executive": {
            "management.chair": "take-back",
            "executive": "return grant refuse",
            "business.manager": "return grant refuse",
        },
        "returned": {
            "management.chair": "answer take-back",
            "executive": "correct",
            "business.manager": "answer correct",
        },
        "granted": {
            "management.chair": "done",
            "executive": "correct",
            "business.manager": "correct done",
        },
        "refused": {"executive": "correct", "business.manager": "correct"},
        "done": {"executive": "correct", "business.manager": "correct"},
        "taken_back": {},
    },
    # The MASH Subgroup's, which is not in place: its action is the Management Group's own meanwhile.
    ("003", "withdrawal"): {
        "executive": {
            "management.chair": "take-back",
            "executive": "return grant refuse",
            "business.manager": "return grant refuse",
        },
        "granted": {"executive": "correct", "business.manager": "correct"},
    },
    # Of High priority nothing is withdrawn or complete without the Executive.
    ("005", "withdrawal"): {
        "management-group": {
            "cem.chair": "take-back",
            "management.chair": "return escalate refuse",
            "business.manager": "return escalate refuse",
        },
        "executive": {
            "cem.chair": "take-back",
            "executive": "return grant refuse",
            "business.manager": "return grant refuse",
        },
        "granted": {"executive": "correct", "business.manager": "correct"},
        "refused": {"management.chair": "correct", "business.manager": "correct"},
    },
    ("005", "completion"): {
        "management-group": {
            "cem.chair": "take-back",
            "management.chair": "return escalate refuse",
            "business.manager": "return escalate refuse",
        },
        "executive": {
            "cem.chair": "take-back",
            "executive": "return grant refuse",
            "business.manager": "return grant refuse",
        },
        # Its impact is still to be checked, by somebody else than who did it.
        "granted": {
            "management.chair": "check-impact move-impact-check",
            "executive": "check-impact move-impact-check correct",
            "business.manager": "correct",
        },
        "refused": {"management.chair": "correct", "business.manager": "correct"},
    },
    ("006", "completion"): {
        "management-group": {
            "qiip.chair": "take-back",
            "management.chair": "return escalate grant refuse",
            "business.manager": "return escalate grant refuse",
        },
        "granted": {
            "management.chair": "check-impact move-impact-check correct",
            "executive": "check-impact move-impact-check",
            "business.manager": "correct",
        },
        # It can be checked again.
        "done": CHECKED_AGAIN | {"business.manager": "correct"},
    },
}
MOVES = ["return", "escalate", "grant", "refuse", "ratify", "correct"]
MOVES += ["answer", "take-back", "done", "check-impact", "move-impact-check"]
# Where a move leads; `answer` and `correct` to the group it was with.
LEADS_TO = {
    "return": "returned",
    "escalate": "executive",
    "grant": "granted",
    "refuse": "refused",
    "ratify": "granted",
    "take-back": "taken_back",
    "done": "done",
    "check-impact": "done",
    "move-impact-check": "granted",
}
ASKER = {"002": "management.chair", "003": "management.chair", "005": "cem.chair", "006": "qiip.chair"}
JUNE = {
    "management-group": ("management-group", date(2021, 6, 15)),
    "executive": ("executive", date(2021, 6, 29)),
}
STATES = [(matter, state) for matter, rows in TABLE.items() for state in rows]


def place_of(report) -> str:
    """Its state or, while it waits, the group that it waits for."""
    return report.with_group.slug if report.state == "waiting" else report.state


def in_words(value) -> str:
    return " ".join(value) if isinstance(value, tuple) else value


MOVES_TO = {
    "management-group": [],
    "management-group, provisionally granted": ["grant"],
    "executive": ["escalate"],
    "returned": ["return"],
    "granted": ["grant"],
    "refused": ["refuse"],
    "done": ["grant", "done"],
    "taken_back": ["take-back"],
}


def record_attendance(manager, quorate):
    with recording(manager, "Attendance"):
        for slug, day in JUNE.values():
            meeting = Meeting.objects.get(group__slug=slug, date=day)
            rows = {row.partner_id: row for row in meeting.attendances.all()}
            for partner in Partner.objects.all():
                row = rows.get(partner.pk) or Attendance(meeting=meeting, partner=partner)
                here = quorate or partner.kind == Partner.Kind.COUNCIL
                row.presence = "present" if here else "absent"
                row.save()


def moves_to(report, state) -> list[str]:
    """The moves that lead a report, as it was asked, to a state."""
    moves = MOVES_TO[state]
    if state == "done" and report.kind != "exception":
        return ["grant", "check-impact"]
    if place_of(report) == "executive":
        return [move for move in moves if move != "escalate"]
    if report.must_be_escalated and state == "granted":
        return ["escalate", *moves]
    return moves


@pytest.fixture
def report(it_is, user):
    """report(("005", "completion"), "granted") on 29 June 2021: both groups have met, with all partners."""

    def make_move(report, name):
        slug, day = JUNE.get(report.with_group.slug, JUNE["executive"])
        it_is(day.year, day.month, day.day)
        move, roles = MOVES_BY_NAME[name], (ASKER[report.action.ref], "business.manager", "executive")
        by = next(user(role) for role in roles if user(role).has_perm(move.permission, report))
        meeting = Meeting.objects.get(group__slug=slug, date=day) if move.is_decision else None
        with recording(by, "As discussed"):
            report.make_move(move, by, "As discussed", meeting)
        return ExceptionReport.objects.get(pk=report.pk)

    def report_in(matter, state):
        ref, kind = matter
        record_attendance(user("business.manager"), "provisionally" not in state)
        action = Action.objects.get(plan__label="2021-22", ref=ref)
        report = ExceptionReport(action=action, kind=kind, evidence="https://gscp.example/", **TO_CHECK)
        with recording(user(ASKER[ref]), "Asked"):
            report.ask(user(ASKER[ref]))
        for move in moves_to(report, state):
            report = make_move(report, move)
        if "provisionally" in state:
            record_attendance(user("business.manager"), True)
        it_is(2021, 6, 29)
        return ExceptionReport.objects.get(pk=report.pk)

    return report_in


def url_of(report, move=None) -> str:
    if move is None or MOVES_BY_NAME[move].is_decision:
        slug, day = JUNE.get(report.with_group.slug, JUNE["management-group"])
        return f"/meetings/{slug}/{day}/decide/{report.pk}/"
    return f"/exceptions/{report.pk}/{move}/"


def send(client, report, move, hidden=None):
    """What the move's page sends, whose hidden fields may be at hand already."""
    url = url_of(report, move)
    hidden = form_of(client.get(url)) if hidden is None else hidden
    of_check = {"finding": "partly", "day-day": 31, "day-month": 1, "day-year": 2022}
    return client.post(url, hidden | {"move": move, "reason": "As discussed"} | of_check)


def offered(client, report) -> tuple[set[str], dict[str, dict[str, str]]]:
    """The moves on the report's page, and where it leads to a meeting's form, those of that form.

    And by its address what that form would send beside them.
    """
    page = client.get(report.get_absolute_url()).content.decode()
    moves = set(re.findall(rf'href="/exceptions/{report.pk}/([a-z-]+)/"', page))
    # No moves: its words (tests/test_mended_requests.py), and what is added (tests/test_evidence.py).
    moves -= {"change", "evidence"}
    if f'href="{url_of(report)}"' not in page:
        return moves, {}
    form = client.get(url_of(report))
    moves |= set(re.findall(r'name="move"[^>]* value="([a-z-]+)"', form.content.decode()))
    return moves, {url_of(report): form_of(form)}


@pytest.mark.run_in("sqlite")  # what may be done is done on both, below
@pytest.mark.parametrize(("matter", "state"), STATES, ids=in_words)
def test_each_role_is_offered_its_row_and_refused_the_rest(matter, state, report, sign_in, user):
    subject = report(matter, state)
    assert place_of(subject) == state.split(",")[0]
    parts = {role for rows in TABLE[matter].values() for role in rows} | {"executive", "management.chair"}
    head = Change.objects.last_number()
    for role in ROLES:
        client, row, who = sign_in(role), set(TABLE[matter][state].get(role, "").split()), user(role)
        moves, forms = offered(client, subject)
        assert moves == row, role
        closed = set()
        for move in MOVES:
            url = url_of(subject, move)
            if move in row or url in closed:
                continue
            # Where a page is not open to somebody, a request without its form is refused already.
            if role == "scrutineer" or url in forms:
                status = send(client, subject, move, hidden=forms.get(url, {})).status_code
            else:
                status = at_view.status(who, "post", url, move=move, reason="As discussed")
            if url not in forms and status != 403:
                forms[url] = form_of(client.get(url))
                if forms[url]:  # else there is no form, and nothing else to send than before
                    status = send(client, subject, move, hidden=forms[url]).status_code
            assert status in (200, 302, 403) if role in parts else status == 403, (role, move)
            assert Change.objects.last_number() == head, (role, move)
            if status == 403:  # whatever is chosen on that form
                closed.add(url)


# Who may, and where a move leads, no database changes; that each move is stored is seen on both.
ON_BOTH = [row for row in STATES if row[0][0] == "006"]


def test_each_move_is_made_on_both_databases():
    rows = [row for matter, state in ON_BOTH for row in TABLE[matter][state].values()]
    assert {*" ".join(rows).split()} == {*MOVES}


@pytest.mark.parametrize(
    ("matter", "state"),
    [*ON_BOTH, *(pytest.param(*row, marks=ONCE) for row in STATES if row not in ON_BOTH)],
    ids=in_words,
)
def test_what_is_in_the_table_can_be_done(matter, state, report, sign_in):
    """Each move from the same state: it is undone before the next."""
    subject = report(matter, state)
    group = subject.with_group.slug
    for role, row in TABLE[matter][state].items():
        client = sign_in(role)
        for move in row.split():
            with undone():
                assert send(client, subject, move).status_code == 302, (role, move)
                moved = ExceptionReport.objects.get(pk=subject.pk)
                assert place_of(moved) == LEADS_TO.get(move, group), (role, move)
                last = moved.steps.last()
                assert (last.move, last.entered_by.email) == (move, f"{role}@gscp.example")


def test_a_permission_is_asked_once_however_many_moves_take_it(report, user, monkeypatch):
    subject, chair = (
        report(("006", "exception"), "management-group, provisionally granted"),
        user("management.chair"),
    )
    asked: list[str] = []
    has_perm = User.has_perm

    def counted(self, permission, obj=None):
        asked.append(permission)
        return has_perm(self, permission, obj)

    monkeypatch.setattr(User, "has_perm", counted)
    moves = [move.name for move in subject.moves_for(chair)]
    assert moves == ["return", "escalate", "grant", "refuse", "ratify"]
    assert sorted(asked) == ["decide", "take_back"]


def test_what_is_no_decision_names_no_meeting(report, user):
    """It would pass for the one that stands, and correcting that would undo nothing."""
    completion = report(("005", "completion"), "granted")
    meeting = Meeting.objects.get(group__slug="executive", date=JUNE["executive"][1])
    by = user("executive")
    with pytest.raises(ValidationError, match="is no decision of a meeting"), recording(by, "Checked"):
        completion.make_move(MOVES_BY_NAME["check-impact"], by, "Fewer repeat referrals", meeting)
    assert ExceptionReport.objects.get(pk=completion.pk).decision_in_force.move == "grant"


# What may be asked of an action, by its status.
ASKS = {
    "not_started": {"exception", "new-date", "completion", "withdrawal"},
    "in_progress": {"exception", "new-date", "completion", "withdrawal"},
    "complete": {"reopening"},
    "withdrawn": {"reopening"},
    "carried_forward": set(),
    "merged": set(),
    "split": set(),
}
SENT = {
    "what": "All of it", "cause": "No leads", "effect": "They wait", "recovery": "Ask", "asked_for": "Leads",
    "evidence": "https://gscp.example/", "impact": "Seen sooner",
    "forecast-day": 31, "forecast-month": 12, "forecast-year": 2021,
}  # fmt: skip


@pytest.mark.parametrize("status", ASKS)
@pytest.mark.run_in("sqlite")  # moves are Python
def test_each_status_offers_its_requests_to_the_subgroup_s_chair_and_to_who_enters_for_them(
    status, action, on_record, sign_in
):
    subject = action("005")
    subject.status, subject.original_date = status, date(2021, 9, 30)
    with on_record():
        subject.save()
    head, url = Change.objects.last_number(), subject.get_absolute_url()
    for role in ROLES:
        may = role in ("cem.chair", "business.manager")
        client, row = sign_in(role), ASKS[status] if may else set()
        page = client.get(url).content.decode()
        kinds = {"exception", "new-date", "completion", "reopening", "withdrawal"}
        assert {kind for kind in kinds if f'href="{url}{kind}/"' in page} == row, role
        for kind in kinds - row:
            response = client.post(f"{url}{kind}/", SENT | {"token": uuid4(), "seen": head})
            assert response.status_code == (302 if may else 403)
    assert Change.objects.last_number() == head
    for kind in ASKS[status]:
        seen = Change.objects.filter(action=subject.pk).last_number()
        client = sign_in("cem.chair")
        assert client.post(f"{url}{kind}/", SENT | {"token": uuid4(), "seen": seen}).status_code == 302
        assert ExceptionReport.objects.filter(kind=kind.replace("-", "_")).exists()
