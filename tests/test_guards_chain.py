"""Guards of the chain: dates, impact, whose an action is by now, and that nobody writes in the past."""

from datetime import date

import pytest

from actions.models import ExceptionReport
from actions.models.chain import MOVES_BY_NAME
from gscp.record import Change
from gscp.record.looking_back import Past, looking_back
from subgroups.models import Meeting, Post
from tests.conftest import AGENDA, ASK, form_of
from tests.factories import let_lead
from tests.test_asking import COMPLETION, NEW_DATE
from tests.test_meetings import days

# Once: moves are Python; tests/test_lives.py makes them on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AT_005 = "/plans/2021-22/actions/005/"


@pytest.fixture
def dated(action, on_record):
    """Action 005, due on 30 September 2021."""
    subject = action("005")
    subject.original_date = date(2021, 9, 30)
    with on_record():
        subject.save()
    return subject


@pytest.fixture
def ask(sign_in, send):
    """ask("completion", **typed): the chair of Child Exploitation and Missing asks for it on 005."""

    def asked(kind, by="cem.chair", at=AT_005, **typed):
        assert send(sign_in(by), f"{at}{kind}/", **typed).status_code == 302
        return ExceptionReport.objects.latest("pk")

    return asked


@pytest.fixture
def june(it_is, attend):
    """It is the day of the Management Group's meeting of June, and all partners are present."""
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")


def test_a_new_date_that_is_corrected_gives_way_to_the_one_before(dated, ask, june, decide, action):
    report = ask("new-date", **NEW_DATE | days(forecast=(31, 12, 2021)))
    decide("grant", report)
    assert action("005").agreed_date == date(2021, 12, 31)
    assert decide("correct", report).status_code == 302
    assert action("005").agreed_date is None
    assert ExceptionReport.objects.get().with_group.slug == "management-group"


def test_a_new_date_is_not_undone_once_another_was_granted(dated, ask, june, decide, action):
    first = ask("new-date", **NEW_DATE | days(forecast=(31, 12, 2021)))
    decide("grant", first)
    decide("grant", ask("new-date", **NEW_DATE | days(forecast=(31, 1, 2022))))
    assert "cannot be undone alone" in decide("correct", first).content.decode()
    assert action("005").agreed_date == date(2022, 1, 31)


def test_an_exception_may_expect_the_date_there_is(dated, ask):
    report = ask("exception", **ASK | days(forecast=(30, 9, 2021)))
    assert report.forecast == dated.original_date


def test_impact_that_was_stated_is_not_due_and_can_be_tested_while_the_action_is_complete(
    ask, june, decide, sign_in, on_record
):
    report = ask("completion", by="qiip.chair", at="/plans/2021-22/actions/006/", **COMPLETION)
    decide("grant", report)
    report.refresh_from_db()
    assert report.outstanding == ""
    chair, check = sign_in("management.chair"), f"{report.get_absolute_url()}check-impact/"
    assert f'href="{check}"' in chair.get(report.get_absolute_url()).content.decode()
    with on_record("It goes on"):
        report.action.status = "in_progress"
        report.action.save()
    assert f'href="{check}"' not in chair.get(report.get_absolute_url()).content.decode()
    head = Change.objects.last_number()
    assert chair.get(check).status_code == 302
    assert chair.post(check, {"reason": "Fewer referrals", "finding": "partly"}).status_code == 302
    assert Change.objects.last_number() == head


def test_the_management_group_only_passes_on_what_its_own_chair_leads_by_now(
    ask, june, action, on_record, sign_in, decide
):
    """It was asked of it while another post led the action."""
    report = ask("exception", **ASK)
    subject = action("005")
    with on_record("Another lead"):
        let_lead(subject, Post.objects.get(name="Management Group Chair"))
    manager = sign_in("business.manager")
    form = manager.get(f"{AGENDA}decide/{report.pk}/").content.decode()
    assert 'value="escalate"' in form
    for move in ("return", "grant", "refuse"):
        assert f'value="{move}"' not in form
        page = decide(move, report, by="business.manager").content.decode()
        assert f"“{MOVES_BY_NAME[move].label}” is not open" in page
    assert sign_in("management.chair").get(f"{AGENDA}decide/{report.pk}/").status_code == 403
    assert decide("escalate", report, by="business.manager").status_code == 302
    assert ExceptionReport.objects.get().with_group.slug == "executive"


def test_the_management_group_does_not_ratify_what_its_own_chair_leads_by_now(
    ask, it_is, attend, action, on_record, sign_in, decide
):
    it_is(2021, 6, 15)
    attend(AGENDA, "council")
    report = ask("exception", **ASK)
    decide("grant", report)
    subject = action("005")
    with on_record("Another lead"):
        let_lead(subject, Post.objects.get(name="Management Group Chair"))
    attend(AGENDA, "council", "police", "health", reason="Came late")
    form = sign_in("business.manager").get(f"{AGENDA}decide/{report.pk}/").content.decode()
    assert 'value="escalate"' in form and 'value="ratify"' not in form
    assert "is not open" in decide("ratify", report, by="business.manager").content.decode()
    assert ExceptionReport.objects.get().with_group.slug == "management-group"


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_nobody_writes_while_looking_back(ask, june, decide, user, on_record, it_is):
    """Whoever may do it today."""
    report = ask("exception", **ASK)
    with on_record():
        meeting = Meeting.objects.get(group__slug="management-group", date="2021-06-15")
        step = report.make_move(MOVES_BY_NAME["return"], user("business.manager"), "Which leads?", meeting)
    may = [
        ("cem.chair", "report", report.action),
        ("cem.chair", "ask", report),
        ("management.chair", "decide", report),
        ("management.chair", "enter_decision", step),
        ("management.chair", "confirm", step),
        ("management.chair", "check_impact", report),
        *[("business.manager", f"keep_{what}", None) for what in ("plan", "meetings", "partnership")],
        ("business.manager", "ask_redaction", None),
    ]
    for name, permission, about in may:
        by = user(name)
        assert by.has_perm(permission, about), permission
        with looking_back(Past.read("2021-06-15")):
            by.posts, by.chaired_groups  # noqa: B018 as a page does that shows the past
            assert not by.has_perm(permission, about), permission


def test_a_form_of_the_past_is_no_form(ask, sign_in):
    """A chair who may ask today is offered nothing to ask on the page as it stood."""
    chair, then = sign_in("cem.chair"), f"/scrutiny/as-at/2021-04-01{AT_005}"
    assert f'href="{AT_005}exception/"' in chair.get(AT_005).content.decode()
    page = chair.get(then).content.decode()
    assert not any(f"{AT_005}{kind}/" in page for kind in ("exception", "completion", "withdrawal", "update"))
    assert chair.get(f"{then}exception/").status_code == 404
    assert "token" not in form_of(chair.get(then))
