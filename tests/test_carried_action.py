"""What has gone on elsewhere is kept as it is: what is changed about it is changed where it goes on."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.forms.decisions import left_open_before
from actions.models import Amendment, BusinessPlan, ExceptionReport, Milestone, PlanDecision
from actions.models.chain import TERMS
from tests import test_amendments, test_year_end
from tests.answers import html_of, said, words_of
from tests.conftest import form_of
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import END, PLAN, REFS
from tests.test_year_end_copied import make_copy

# Once: forms and pages of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
draft, live = test_year_end.draft, test_year_end.live
end, confirm, none_high = test_year_end.end, test_year_end.confirm, test_year_end.none_high
words = test_amendments.words
OLD = f"{PLAN}actions/006/"
WHERE = "A meeting has decided how Action 006 ends: change it where it goes on."
KEPT = "Action 006 goes on elsewhere: keep its milestones there."


@pytest.fixture(params=["carried_forward", "merged", "split"])
def gone_on(request, live, end, confirm, action, on_record):
    """006 has a milestone and has ended, and goes on."""
    with on_record():
        Milestone(action=action("006"), text="Begun").save()
    assert (
        end(["006"], request.param, plan=live.pk, into=action("005").pk, parts="One\nTwo").status_code == 302
    )
    assert confirm().status_code == 302 and action("006").status == request.param
    return action("006")


def test_no_meeting_changes_it_any_more(gone_on, words, manager, send, june):  # noqa: F811  the fixture
    before = PlanDecision.objects.count()
    sent = words | {"kind": "agreed", "meeting": june.pk, "priority": "low"}
    assert WHERE in words_of(send(manager, f"{OLD}edit/", **sent))
    page = words_of(manager.get(f"{PLAN}bulk/?on=006&change=priority&priority=low"))
    assert WHERE in page and "What would change: 0 actions" in page
    assert PlanDecision.objects.count() == before


def test_its_form_offers_a_slip_alone_and_says_why(gone_on, manager):
    page = manager.get(f"{OLD}edit/")
    assert f"{WHERE} Here a slip can still be put right, at once." in words_of(page)
    assert '<input type="hidden" name="kind" value="slip"' in html_of(page)


def test_of_what_is_to_be_withdrawn_no_page_says_that_it_goes_on(manager, end):
    assert end(["006"], "withdrawn").status_code == 302
    page = words_of(manager.get(f"{OLD}edit/"))
    assert "A meeting has decided how Action 006 ends. Here a slip can still be put right" in page
    assert "goes on" not in page


def test_a_slip_of_what_was_published_is_corrected_all_the_same(gone_on, words, manager, send):
    title = f"{words['title']} again"
    assert send(manager, f"{OLD}edit/", **words | {"kind": "slip", "title": title}).status_code == 302
    assert Amendment.objects.get().title == title


def test_its_milestones_are_kept_where_it_goes_on(gone_on, manager, on_record):
    milestone = gone_on.milestones.get()
    page = manager.get(OLD).content.decode()
    assert "Begun" in page and "milestones/" not in page
    for address in (f"{milestone.pk}/", "new/"):
        assert KEPT in words_of(manager.get(f"{OLD}milestones/{address}", follow=True))
        manager.post(f"{OLD}milestones/{address}", {"text": "Other", "reason": "Other"})
    milestone.text = "Other"
    with pytest.raises(ValidationError, match="keep its milestones there"), on_record():
        milestone.save()
    assert Milestone.objects.filter(action=gone_on).count() == 1


def test_nothing_is_asked_reported_reviewed_or_decided_about_it(gone_on, manager, end, live):
    for kind in TERMS:
        assert ExceptionReport(action=gone_on, kind=kind).why_not_askable
    for page in ("update/", "nil-return/", "review/", "dates/"):
        told = words_of(manager.get(f"{OLD}{page}", follow=True))
        assert "nothing is reported on it." in told and "Page not found" not in told, page
    assert "is not open in a live plan" in words_of(manager.get(f"{OLD}first-date/", follow=True))
    before = PlanDecision.objects.count()
    end(["006"], "withdrawn")
    assert PlanDecision.objects.count() == before


# Its year's end, before it is recorded


@pytest.mark.usefixtures("none_high")
@pytest.mark.parametrize("fate", ["carried_forward", "withdrawn", "merged"])
def test_the_preview_asks_as_much_of_many_actions_as_of_few(fate, manager, action, june):  # noqa: F811
    make_copy(manager)
    sent = {"fate": fate, "meeting": june.pk, "reason": "So", "into": action("006").pk}
    sent["plan"] = BusinessPlan.objects.get(label="2022-23").pk

    def asked(refs) -> int:
        typed = form_of(manager.get(END)) | sent | {"actions": [action(ref).pk for ref in refs]}
        manager.post(END, typed)
        with CaptureQueriesContext(connection) as captured:
            answer = manager.post(END, typed)
        assert "This is not recorded yet" in said(answer), words_of(answer)
        return len(captured)

    below = ("001", "005")  # those on which the Management Group has the last word
    assert asked(below) == asked(below[:1])


def test_what_a_draft_copied_is_found_by_as_many_questions_for_many_actions(manager, on_record, action):
    make_copy(manager)
    draft = BusinessPlan.objects.get(label="2022-23")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            left_open_before(draft)
        return len(captured)

    of_many = asked()
    with on_record("They are done"):
        for ref in REFS[1:]:
            done = action(ref)
            done.status = "complete"
            done.save()
    assert left_open_before(draft) == "001" and asked() == of_many
