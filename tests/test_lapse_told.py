"""A request that lapses with the end of its action is named before it does, and to who asked afterwards."""

from datetime import date

import pytest

from actions.models import ExceptionReport, PlanDecision
from scrutiny.proof.walk import verify
from tests.answers import html_of, words_of
from tests.conftest import AGENDA, form_of
from tests.test_every_page import check_words, wrong_markup
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import END, NEXT, confirm, draft, end, live, none_high  # noqa: F401  fixtures

# Once: forms, pages and sentences are Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
WHEN_ADOPTED = "It lapses when the Business Plan 2022-23 is adopted: decide it first, or ask again where the"
IN_FORCE = "It lapses when this comes into force: decide it first, or ask again where the action goes on."


@pytest.fixture
def about_005(asked, on_record, action) -> ExceptionReport:
    with on_record():
        subject = action("005")
        subject.original_date = date(2021, 9, 30)
        subject.save()
    return asked()


@pytest.fixture
def into_draft(draft, about_005, end, confirm, june):  # noqa: F811  fixtures
    """005, about which something is asked, goes on in the draft once that is adopted."""
    preview = end(["005"], "carried_forward", plan=draft.pk)
    assert preview.status_code == 302
    assert confirm().status_code == 302


@pytest.fixture
def adopted(into_draft, manager, send, june):  # noqa: F811  the fixture
    typed = {"meeting": june.pk, "reason": "Adopted as drafted"}
    assert send(manager, f"{NEXT}publish/", **typed).status_code == 302
    return PlanDecision.objects.latest("pk")


@pytest.mark.usefixtures("none_high")
def test_what_lapses_is_named_where_an_end_is_entered(live, about_005, june, action, manager):  # noqa: F811
    typed = {"actions": [action(ref).pk for ref in ("005", "006")], "meeting": june.pk, "reason": "So"}
    typed |= {"fate": "carried_forward", "plan": live.pk}
    preview = words_of(manager.post(END, form_of(manager.get(END)) | typed))
    told = preview.split("What lapses")[1]
    assert f"Exception report on Action 005 : with the Management Group. {IN_FORCE}" in told
    assert "Action 006" not in told.split("This is not recorded yet")[0]
    typed |= {"fate": "withdrawn", "plan": ""}
    assert "It lapses when this comes into force: decide it first." in words_of(
        manager.post(END, form_of(manager.get(END)) | typed)
    )


def test_an_end_without_a_request_names_none(live, june, action, manager):  # noqa: F811  fixtures
    typed = {"actions": [action("005").pk], "meeting": june.pk, "reason": "So", "fate": "withdrawn"}
    assert "What lapses" not in words_of(manager.post(END, form_of(manager.get(END)) | typed))


def test_what_goes_on_in_a_draft_lapses_with_its_adoption(draft, about_005, end, june, manager, sign_in):  # noqa: F811
    end(["005"], "carried_forward", plan=draft.pk)
    decision = PlanDecision.objects.get()
    chair = sign_in("management.chair")
    for page in (decision.get_absolute_url(), f"{decision.get_absolute_url()}confirm/"):
        assert WHEN_ADOPTED in words_of(chair.get(page))


def test_adopting_names_what_lapses_and_its_chair_is_told(adopted, about_005, sign_in, send, tmp_path):
    chair, url = sign_in("management.chair"), adopted.get_absolute_url()
    for page in (url, f"{url}confirm/"):
        assert f"Exception report on Action 005 : with the Management Group. {IN_FORCE}" in words_of(
            chair.get(page)
        )
    confirming = html_of(chair.get(f"{url}confirm/"))
    banner = words_of(chair.get(send(chair, f"{url}confirm/").url))
    assert "Lapsed with it: Exception report on Action 005" in banner
    assert "What lapses" not in words_of(chair.get(url)), "it has lapsed"
    due = words_of(sign_in("cem.chair").get("/due/"))
    told = due.split("Decided or lapsed in the last 30 days")[1]
    assert "Exception report on Action 005 of 2021-22: lapsed on 15 June 2021." in told
    assert "Carried forward: 005 of 2022-23" in told and "As the meeting said" in told
    assert "005 of 2022-23 is due on 30 September 2021." in told
    read = {page: html_of(chair.get(page)) for page in (url, about_005.get_absolute_url())}
    read |= {"confirm": confirming, "due": html_of(sign_in("cem.chair").get("/due/"))}
    check_words(read)
    assert wrong_markup(read, tmp_path) == []
    assert "lapsed in" not in words_of(sign_in("qiip.chair").get("/due/")), "it is not theirs"


def test_until_then_each_page_that_shows_the_request_says_it(into_draft, about_005, sign_in):  # noqa: F811
    def told():
        pages = {
            about_005.get_absolute_url(): "cem.chair",
            "/plans/2021-22/actions/005/": "cem.chair",
            "/due/": "cem.chair",
            "/exceptions/": "management.chair",
            "/exceptions/reports/": "management.chair",
            "/meetings/management-group/2021-06-15/": "management.chair",
        }
        return {page: words_of(sign_in(who).get(page)).count(WHEN_ADOPTED) for page, who in pages.items()}

    assert set(told().values()) == {1}, told()
    form = words_of(sign_in("management.chair").get(f"{AGENDA}decide/{about_005.pk}/"))
    assert WHEN_ADOPTED in form


def test_once_it_is_decided_no_page_says_that_it_lapses(into_draft, about_005, decide, sign_in):
    assert decide("grant", about_005).status_code == 302
    for page in (about_005.get_absolute_url(), "/plans/2021-22/actions/005/", "/due/"):
        assert "It lapses when" not in words_of(sign_in("cem.chair").get(page))


def test_of_what_does_not_end_no_page_says_that_it_lapses(draft, about_005, end, sign_in):  # noqa: F811
    end(["006"], "carried_forward", plan=draft.pk)
    assert "It lapses when" not in words_of(sign_in("cem.chair").get(about_005.get_absolute_url()))


def test_the_page_that_publishes_names_it(into_draft, manager):
    assert f"with the Management Group. {IN_FORCE}" in words_of(manager.get(f"{NEXT}publish/"))


def test_history_says_that_it_lapsed_with_the_adoption(adopted, about_005, confirm, sign_in, june):  # noqa: F811
    confirm(adopted)
    told = "lapsed: the Business Plan 2022-23 was adopted, and 005 of 2021-22 goes on there"
    page = words_of(sign_in("cem.chair").get(about_005.get_absolute_url()))
    assert f"The exception on 005 of 2021-22 {told}" in page
    assert "recorded Lapsed" not in page
    assert verify().findings == []


def test_it_is_told_for_thirty_days(adopted, confirm, sign_in, it_is):  # noqa: F811
    confirm(adopted)
    for month, day, is_told in ((7, 15, True), (7, 16, False)):
        it_is(2021, month, day)
        assert ("lapsed in" in words_of(sign_in("cem.chair").get("/due/"))) is is_told
