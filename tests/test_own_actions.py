"""The top group's own actions: who reports on them, who enters a decision, who agrees, and who is told."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.models import ExceptionReport
from actions.models.chain import MOVES_BY_NAME
from gscp.record import recording
from subgroups.models import Post
from tests.answers import html_of, words_of
from tests.groups import move

# Once: pages, and who holds what.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
TO_REPORT = re.compile(r'<a class="govuk-link" href="/due/[^"]*">(\d+) actions? to report</a>')


def menu_of(client):
    html = html_of(client.get("/plans/2021-22/"))
    return re.findall(r'class="govuk-service-navigation__link" href="([^"]+)"', html)


@pytest.mark.parametrize("name", ["executive", "executive.vice", "management.chair", "cem.chair"])
def test_whoever_chairs_a_group_gets_from_any_page_to_what_is_due_from_them(name, sign_in):
    assert "/due/" in menu_of(sign_in(name))


@pytest.mark.parametrize("name", ["scrutineer", "business.manager"])
def test_whoever_reports_on_nothing_has_no_such_link(name, sign_in):
    assert "/due/" not in menu_of(sign_in(name))


@pytest.mark.parametrize(
    ("slug", "name", "page"),
    [("executive", "executive", "/decisions/"), ("management-group", "management.chair", "/exceptions/")],
)
def test_the_first_page_of_a_group_that_decides_says_what_its_chair_has_to_report(
    slug, name, page, responsible, sign_in, send, report
):
    chair = sign_in(name)
    before = int((TO_REPORT.findall(html_of(chair.get(page))) or ["0"])[0])
    responsible("006", slug)
    assert TO_REPORT.findall(html_of(chair.get(page))) == [str(before + 1)]
    assert TO_REPORT.findall(html_of(chair.get(f"{page}?plan=2021-22"))) == [str(before + 1)]
    assert not TO_REPORT.findall(html_of(sign_in("scrutineer").get(page))), "it is not theirs"
    report("006", rating="green")
    assert TO_REPORT.findall(html_of(chair.get(page))) == [str(before)] * bool(before)


def test_nothing_to_report_is_said_at_once(sign_in):
    assert "You have no open action to report on." in words_of(sign_in("executive").get("/due/"))


# Who enters what it decides, and who agrees: the chair leads 006 and asked, so the vice-chair alone is free.

ONE_FREE = (
    "The Business Manager enters the decision there. It is not in force until the "
    "Executive Vice-Chair agrees. Who asked for it or leads the action does neither."
)


@pytest.fixture
def third(on_record, group, user):
    """The chair of the Resolution Group is a third member of the Executive."""
    with on_record():
        post = Post(name="Third member", role="member", group=group("executive"))
        post.save()
        post.hand_over(date(2021, 4, 1), user("resolution.chair"), accepted=True)


def test_pages_say_beforehand_who_enters_it_and_who_agrees(own, ask, meeting, sign_in):
    report, held = ask(own, "executive"), meeting("executive")
    form = f"{held.get_absolute_url()}decide/{report.pk}/"
    for name in ("executive", "executive.vice", "business.manager", "scrutineer"):
        reader = sign_in(name)
        for page in (report.get_absolute_url(), held.get_absolute_url()):
            told = reader.get(page)
            assert ONE_FREE in words_of(told), (name, page)
            assert "Its chair enters the decision" not in words_of(told)
            assert (f'href="{form}"' in html_of(told)) == (name == "business.manager"), (name, page)
    refused = sign_in("executive.vice").get(form, follow=True)
    assert refused.redirect_chain[-1][0] == report.get_absolute_url(), "no form that would be refused"
    assert "Let the Business Manager enter it" in words_of(refused)
    offered = words_of(sign_in("business.manager").get(form))
    assert "another of its posts agrees: the Executive Vice-Chair." in offered


def test_with_a_third_member_the_vice_chair_enters_it(own, ask, meeting, sign_in, third):
    report, held = ask(own, "executive"), meeting("executive")
    vice = sign_in("executive.vice")
    assert (
        "The Executive Vice-Chair, or the Business Manager, enters the decision there. It is not in force "
        "until another of them agrees: the Executive Vice-Chair or the Third member."
        in words_of(vice.get(report.get_absolute_url()))
    )
    form = vice.get(f"{held.get_absolute_url()}decide/{report.pk}/")
    assert "another of its posts agrees: the Third member." in words_of(form)


def test_where_no_post_is_free_it_says_what_is_missing(own, ask, meeting, sign_in):
    report, held = ask(own, "executive.vice"), meeting("executive")
    for name in ("business.manager", "executive.vice"):
        page = words_of(sign_in(name).get(report.get_absolute_url()))
        assert "It cannot be decided yet" in page
        assert "First another post of the Executive needs a holder." in page
    refused = sign_in("business.manager").get(f"{held.get_absolute_url()}decide/{report.pk}/", follow=True)
    assert "Only another holder of a post of the Executive could agree to it." in words_of(refused)


def test_the_first_page_of_whoever_can_agree_says_that_it_waits(
    own, ask, user, meeting, sign_in, third, send
):
    report = ask(own, "executive")
    homes = {"executive.vice": "/decisions/", "resolution.chair": "/due/"}
    waits = (
        f'<a class="govuk-link" href="{report.get_absolute_url()}">{report}</a>: granted, but not in force'
    )
    assert not any("waits for you to agree" in words_of(sign_in(n).get(page)) for n, page in homes.items())
    held = meeting("executive")
    move(report, "grant", user("business.manager"), held)
    for name, page in homes.items():
        main = html_of(sign_in(name).get(page)).split('id="main-content"')[1]
        assert waits in main and "It waits for you to agree." in main
        assert main.index(waits) < main.index("meets"), "first on the page"
    for name, page in (
        ("executive", "/decisions/"),
        ("business.manager", "/missing/"),
        ("scrutineer", "/decisions/"),
    ):
        assert "waits for you to agree" not in words_of(sign_in(name).get(page)), name
    agenda = sign_in("executive.vice").get(held.get_absolute_url())
    assert "1 decision below is not in force until another post of the Executive agrees." in words_of(agenda)
    assert "Enter a decision on each request" not in words_of(agenda)
    assert f'href="{report.get_absolute_url()}agree/"' in html_of(agenda)
    for page in (report.get_absolute_url(), "/decisions/", held.get_absolute_url()):
        told = words_of(sign_in("scrutineer").get(page))
        assert "has to agree it: the Executive Vice-Chair or the Third member." in told, page
    send(sign_in("executive.vice"), f"{report.get_absolute_url()}agree/", reason="I was there")
    assert not any("waits for you to agree" in words_of(sign_in(n).get(page)) for n, page in homes.items())


def test_pages_ask_as_much_for_several_own_decisions_as_for_one(
    ask, user, meeting, sign_in, responsible, third
):
    held, vice = meeting("executive"), sign_in("executive.vice")
    pages = ("/decisions/", held.get_absolute_url())

    def asked():
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert vice.get(page).status_code == 200
            counts.append(len(queries))
        return counts

    def decided(ref):
        about = responsible(ref, "executive", lead="Executive Chair")
        move(ask(about, "executive"), "grant", user("business.manager"), held)

    decided("006")
    asked()
    decided("001")
    few = asked()
    for ref in ("002", "003", "004"):
        decided(ref)
    assert asked() == few


def test_what_is_off_plan_and_not_asked_about_names_whom_to_ask(sign_in, ask, action, hand_over_cem):
    can = "To decide about one of these, the group asks the chair named beside it."
    asks = "Ask: Child Exploitation and Missing Subgroup Chair, Next Chair"
    reader, agenda = sign_in("management.chair"), "/meetings/management-group/2021-06-15/"
    for page in ("/exceptions/", agenda):
        told = words_of(reader.get(page))
        assert can in told and asks in told, page
        assert "Ask: Management Group Chair" in told, "who acts for the MASH Subgroup"
    ask(action("005"), "cem.chair")
    for page in ("/exceptions/", agenda):
        assert asks not in words_of(reader.get(page)), "something is asked"


@pytest.fixture
def hand_over_cem(on_record, user):
    """Another person has the sign-in of the chair of Child Exploitation and Missing."""
    with on_record():
        chair = user("cem.chair")
        chair.name = "Next Chair"
        chair.save()


def test_who_asked_reads_why_it_was_decided_and_not_that_another_agreed(own, ask, user, meeting, sign_in):
    report = ask(own, "executive")
    for name, by, at, reason in (
        ("grant", "business.manager", meeting("executive"), "The lead is released by May"),
        ("agree", "executive.vice", None, "I agree."),
    ):
        with recording(user(by), ""):
            ExceptionReport.objects.get(pk=report.pk).make_move(MOVES_BY_NAME[name], user(by), reason, at)
    due = words_of(sign_in("executive").get("/due/"))
    assert "The lead is released by May" in due and "I agree." not in due


def test_the_day_of_a_decision_stands_once_and_beside_it_that_on_which_it_was_entered(
    own, ask, user, meeting, sign_in, it_is
):
    held = meeting("executive")
    report = move(ask(own, "executive"), "return", user("business.manager"), held)
    it_is(2021, 6, 30)
    page = words_of(sign_in("executive").get("/decisions/"))
    assert "Executive, 29 June 2021" in page and "29 June 2021, 29 June 2021" not in page
    assert "entered on" not in page
    move(report, "grant", user("business.manager"), held)
    assert "Executive, 29 June 2021, entered late on 30 June 2021" in words_of(
        sign_in("executive").get("/decisions/")
    )
