"""What the draft of the next year copied, and what becomes of it when the year ends."""

from datetime import date
from typing import Any

import pytest

from actions.forms import decisions
from actions.models import (
    Action,
    BusinessPlan,
    FurtherAction,
    Milestone,
    PlanDecision,
    StrategicDriver,
    Successor,
    plan_decision,
)
from actions.models.who import owners_of
from gscp.record import TOMBSTONE
from scrutiny import plan_checker
from scrutiny.proof import export, plans
from subgroups.models import Group, Post
from tests import test_year_end
from tests.answers import words_of
from tests.conftest import AGENDA, form_of
from tests.factories import ActionFactory, agree, let_lead
from tests.partnership import day_of
from tests.rows_of_record import without_triggers
from tests.test_plan_decisions import june  # noqa: F401  a fixture
from tests.test_year_end import NEXT, REFS, of_next

# Once: forms and pages of plans.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
draft, live = test_year_end.draft, test_year_end.live
end, confirm, none_high = test_year_end.end, test_year_end.confirm, test_year_end.none_high


def test_what_the_draft_copied_goes_on_and_is_not_there_twice(end, confirm, manager, send, action, on_record):
    with on_record():
        old = action("005")
        old.original_date = date(2021, 9, 30)
        old.save()
    made = make_copy(manager)
    assert "Draft of 2022-23 made with 6 actions. Change and add actions." in words_of(made)
    assert of_next("005").original_date is None
    with on_record("Reworded"):
        copy = of_next("005")
        copy.text = "In other words"
        copy.save()
    assert end(["005"], "carried_forward", plan=copy.plan_id).status_code == 302
    confirm()
    assert copy.plan.actions.count() == len(REFS) and of_next("005").came_from
    assert (of_next("005").text, of_next("005").original_date) == ("In other words", date(2021, 9, 30))
    assert copy.plan.next_ref == "007"


@pytest.mark.parametrize("other", ["discarded", "beside it"])
def test_a_second_copy_goes_on_as_well_as_the_first(other, end, confirm, manager, send):
    """Another plan has the same numbers and words: it is still known what this draft copied."""
    make_copy(manager)
    if other == "discarded":
        assert send(manager, f"{NEXT}discard/", reason="Begun by mistake").status_code == 302
    make_copy(manager, "2023-24")
    draft = BusinessPlan.objects.get(label="2023-24")
    page = words_of(manager.get("/plans/2023-24/actions/005/"))
    assert "Copied from 005 of 2021-22 No meeting has carried that forward yet" in page
    publish = words_of(manager.get("/plans/2023-24/publish/"))
    assert "still open in an earlier plan: 001, 002, 003, 004, 005, 006. Carry" in publish
    assert end(["001", "005"], "carried_forward", plan=draft.pk).status_code == 302
    confirm()
    assert [one.ref for one in draft.actions.all()] == REFS, "no action is there twice"
    assert [one.ref for one in draft.actions.all() if one.came_from] == ["001", "005"]


NOT_CARRIED = "No meeting has carried that forward yet"


def test_what_was_copied_says_what_no_meeting_has_decided(end, confirm, manager, monkeypatch):
    make_copy(manager)
    draft, publish = BusinessPlan.objects.get(label="2022-23"), f"{NEXT}publish/"
    assert "still open in an earlier plan: 001, 002, 003, 004, 005, 006. Carry" in words_of(
        manager.get(publish)
    )
    assert NOT_CARRIED in words_of(manager.get(f"{NEXT}actions/001/"))
    assert end(["001", "002", "003"], "carried_forward", plan=draft.pk).status_code == 302
    monkeypatch.setattr(plan_decision, "MOST_NAMED", 2)
    monkeypatch.setattr(decisions, "MOST_NAMED", 2)
    for _ in ("it waits for its chair", "it is in force"):
        assert "in an earlier plan: 004, 005 and more. Carry" in words_of(manager.get(publish))
        assert NOT_CARRIED not in words_of(manager.get(f"{NEXT}actions/001/"))
        assert NOT_CARRIED in words_of(manager.get(f"{NEXT}actions/004/"))
        if PlanDecision.objects.waiting().exists():
            confirm()


def make_copy(manager, label="2022-23") -> Any:
    """The answer to a draft of a later year with the open actions of this one."""
    year = int(label[:4])
    days = day_of("first_day", 1, 4, year) | day_of("last_day", 31, 3, year + 1)
    source = BusinessPlan.objects.get(label="2021-22")
    means = {f"{rating}_means": meaning for rating, meaning in source.rating_key}
    new = {"label": label, "title": "Next", "copy_from": source.pk, "reason": "A draft"}
    return manager.post("/plans/new/", form_of(manager.get("/plans/new/")) | days | means | new, follow=True)


def copied(action, plan) -> Action:
    """What the plan would have copied of this action, when its draft was made."""
    driver = StrategicDriver(plan=plan, kind=action.driver.kind, text=action.driver.text)
    driver.save()
    words = {"group": action.group, "ref": action.ref, "text": action.text, "priority": action.priority}
    copy = ActionFactory(plan=plan, driver=driver, **words)
    let_lead(copy, *action.lead_posts)
    return copy


@pytest.mark.usefixtures("none_high")
@pytest.mark.parametrize("what", ["has ended", "is to end"])
def test_a_published_copy_of_which_a_meeting_decided_is_another_action(
    what,
    live,
    end,
    confirm,
    action,
    on_record,
    manager,
    june,  # noqa: F811  the fixture
):
    """What has ended is not brought back to life, and what is decided of it stands."""
    with on_record():
        copy = copied(action("005"), live)
    into = action("006").pk
    assert end([], "merged", f"{NEXT}end/", actions=[copy.pk], into=into).status_code == 302
    if what == "has ended":
        confirm()
    status = of_next("005").status
    typed = {"actions": [action("005").pk], "fate": "carried_forward", "plan": live.pk}
    typed |= {"meeting": june.pk, "reason": "More to do"}
    preview = manager.post(test_year_end.END, form_of(manager.get(test_year_end.END)) | typed)
    told = "Carried forward to the Business Plan 2022-23, as a new action beside the 005 that is there"
    assert told in words_of(preview)
    assert end(["005"], "carried_forward", plan=live.pk).status_code == 302
    confirm()
    assert of_next("005").status == status and not of_next("005").came_from
    assert of_next("005-2").came_from


@pytest.mark.run_in("sqlite", "postgresql")
@pytest.mark.parametrize("state", ["draft", "live"])
def test_of_what_is_split_the_first_part_goes_on_in_the_copy(
    state,
    draft,
    end,
    confirm,
    manager,
    send,
    action,
    on_record,
    june,  # noqa: F811  the fixture
):
    with on_record("Copied, and dated"):
        old = action("005")
        copy = copied(old, draft)
        old.original_date = date(2021, 9, 30)
        old.save()
        if state == "live":
            draft.status = "live"
            draft.save()
    typed = {
        "actions": [old.pk],
        "fate": "split",
        "plan": draft.pk,
        "parts": "One\nTwo",
        "reason": "Too much",
    }
    preview = manager.post(
        test_year_end.END, form_of(manager.get(test_year_end.END)) | typed | {"meeting": june.pk}
    )
    told = (
        "Split into 2 actions in the Business Plan 2022-23. The first goes on as 005, due 30 September 2021"
    )
    assert told in words_of(preview)
    assert end(["005"], "split", plan=draft.pk, parts="One\nTwo").status_code == 302
    confirm()
    if state == "draft":
        assert send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted").status_code == 302
        confirm()
    assert [(one.ref, one.text) for one in draft.actions.all()] == [("005", "One"), ("005.2", "Two")]
    assert of_next("005").pk == copy.pk and of_next("005").came_from
    assert of_next("005").original_date == of_next("005.2").original_date == date(2021, 9, 30)
    assert action("005").status == "split"
    wrong = [*plan_checker.check(export.lines()), *map(str, plans.findings())]
    assert not [one for one in wrong if "businessplan" not in one], "only the plan is live by no decision"


@pytest.mark.parametrize("fate", ["carried_forward", "split"])
def test_what_was_taken_out_of_the_record_does_not_keep_an_action_from_going_on(
    fate,
    draft,
    end,
    confirm,
    action,
    on_record,
    manager,
    send,
    june,  # noqa: F811  the fixture
):
    """Its chair could only be told to write something else, on a page with nothing to write in."""
    with on_record():
        Milestone(action=action("005"), text="First visit", due=date(2022, 1, 1)).save()
    end(["005"], fate, plan=draft.pk, parts="One\nTwo")
    with without_triggers():
        Action._base_manager.filter(ref="005").update(text=TOMBSTONE, who=TOMBSTONE, outcome=TOMBSTONE)
        for model in (StrategicDriver, Milestone):
            model._base_manager.update(text=TOMBSTONE)
        if fate == "split":
            Successor._base_manager.filter(text="One").update(text=TOMBSTONE)
    answer = confirm()
    assert answer.status_code == 302, words_of(answer)
    new = draft.actions.first()
    assert new.text == "The words of Action 005 of Business Plan 2021-22 were taken out of the record."
    assert (new.who, new.outcome) == (str(new.group), "")
    assert new.driver.text == "Its words in Business Plan 2021-22 were taken out of the record."
    assert send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted").status_code == 302
    assert confirm().status_code == 302 and action("005").status == fate
    gone = "The words of this milestone were taken out of the record."
    assert [one.text for one in new.milestones.all()] == [gone]


def test_a_further_action_whose_words_were_taken_out_is_taken_up(draft, manager, send, action):
    further = FurtherAction.objects.get(action__ref="005")
    with without_triggers():
        FurtherAction._base_manager.update(text=TOMBSTONE)
    typed = {"further": [further.pk], "fate": "taken_up", "plan": draft.pk, "reason": "The next step"}
    answer = send(manager, "/plans/2021-22/end/further-actions/", **typed)
    assert answer.status_code == 302, words_of(answer)
    told = (
        "The words of a further action of Action 005 of Business Plan 2021-22 were taken out of the record."
    )
    assert draft.actions.get().text == told


def slip(send, manager, action, ref="005", **changes) -> None:
    """A slip in an action of 2021-22 is corrected, by its form."""
    address, one = f"/plans/2021-22/actions/{ref}/edit/", action(ref)
    words = {name: getattr(one, name) for name in ("title", "text", "outcome", "known_by", "priority", "who")}
    words |= {"theme": "", "driver": one.driver_id, "group": one.group_id, "timescale": one.timescale}
    words |= {"leads": [post.pk for post in one.lead_posts], "owners": [of.pk for of in owners_of(one)]}
    words |= form_of(manager.get(address)) | {"kind": "slip", "reason": "Misprinted"}
    answer = manager.post(address, words | changes)
    assert answer.status_code == 302, words_of(answer)


def changed_since(on_record, action) -> dict[str, Any]:
    """What 005 of 2021-22 says by a change of nearly all of it, once a draft has copied it."""
    post = Post.objects.get(name="Resolution Group Chair")
    other = "low" if action("005").priority != "low" else "high"
    group = Group.objects.exclude(pk=action("005").group_id).get(slug="qiip")
    new = {"text": "As agreed since", "priority": other, "group": group.pk, "leads": [post.pk]}
    with on_record():
        columns = {"text": new["text"], "priority": other, "to_group": group}
        agree(action("005"), "text priority group leads", leads=[post], **columns)
    return new


@pytest.mark.parametrize("status", ["draft", "live"])
def test_what_was_agreed_since_the_copy_was_made_comes_with_the_action(
    status, end, confirm, manager, send, action, on_record
):
    make_copy(manager)
    plan = BusinessPlan.objects.get(label="2022-23")
    if status == "live":
        with on_record():
            plan.status = "live"
            plan.save()
    new = changed_since(on_record, action)
    if status == "draft":
        page = words_of(manager.get(f"{NEXT}actions/005/"))
        assert "Changed in 005 of 2021-22 since it was copied" in page and "As agreed since" in page
    assert end(["005"], "carried_forward", plan=plan.pk).status_code == 302
    confirm()
    copy = of_next("005")
    assert copy.came_from and copy.text == new["text"] and copy.priority == new["priority"]
    assert copy.group_id == new["group"] and [post.pk for post in copy.lead_posts] == new["leads"]
    wrong = [*map(str, plans.findings()), *plan_checker.check(export.lines())]
    assert [one for one in wrong if "it became live" not in one] == [], "both can tell why it changed"


def test_words_of_the_drafts_own_stay_and_both_are_told(end, confirm, manager, send, action, on_record, june):  # noqa: F811  the fixture
    """The draft was worked on, and the action beside it: neither says what the other does."""
    make_copy(manager)
    with on_record("Worked on"):
        copy = of_next("005")
        copy.text = "The words of the draft"
        copy.save()
    new = changed_since(on_record, action)
    told = "Changed in 005 of 2021-22, and 005 of 2022-23 has words of its own. Those stay"
    beside = "Wording 2022-23 The words of the draft 2021-22 As agreed since"
    typed = {"actions": [action("005").pk, action("006").pk], "fate": "carried_forward"}
    typed |= {"plan": copy.plan_id, "meeting": june.pk, "reason": "More to do"}
    address = "/plans/2021-22/end/"
    preview = words_of(manager.post(address, form_of(manager.get(address)) | typed))
    page = words_of(manager.get(f"{NEXT}actions/005/"))
    for shown in (preview, page):
        assert told in shown and beside in shown
        assert "It comes with it when a meeting carries it forward: Priority was" in shown
    assert end(["005"], "carried_forward", plan=copy.plan_id).status_code == 302
    confirm()
    copy = of_next("005")
    assert (copy.text, copy.priority) == ("The words of the draft", new["priority"])
    page = words_of(manager.get(f"{NEXT}actions/005/"))
    assert told in page and beside in page and "It comes with it" not in page


def test_a_slip_corrected_while_the_end_waits_for_the_next_plan_comes_too(
    end,
    confirm,
    manager,
    send,
    action,
    june,  # noqa: F811  the fixture
    on_record,
):
    make_copy(manager)
    plan = BusinessPlan.objects.get(label="2022-23")
    assert end(REFS, "carried_forward", plan=plan.pk).status_code == 302
    confirm()
    right = f"{action('005').text} Printed right"
    slip(send, manager, action, text=right)
    assert of_next("005").text != right
    told = "It comes with it once the Business Plan 2022-23 is published: Wording was"
    assert told in words_of(manager.get(f"{NEXT}actions/005/"))
    assert send(manager, f"{NEXT}publish/", meeting=june.pk, reason="Adopted").status_code == 302
    confirm()
    assert of_next("005").plan.is_live and of_next("005").text == right


def test_a_report_written_while_it_was_carried_forward_says_where_to_report(
    end, confirm, live, sign_in, action
):
    chair, url = sign_in("cem.chair"), "/plans/2021-22/actions/005/update/"
    form = form_of(chair.get(url)) | {"done": "All six agencies met", "difference": "None yet"}
    end(["005"], "carried_forward", plan=live.pk)
    confirm()
    answer = chair.post(url, form)
    page = words_of(answer)
    assert "Action 005 is carried forward: nothing is reported on it." in page
    assert "Carried forward: 005 of 2022-23" in page and "All six agencies met" in page
    assert 'href="/plans/2022-23/actions/005/"' in answer.content.decode()


def test_who_corrects_a_refusal_on_what_has_ended_reads_that_nobody_decides_anew(
    end, confirm, live, sign_in, asked, it_is, attend, decide
):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    assert decide("refuse", report).status_code == 302
    form = f"{AGENDA}decide/{report.pk}/"
    ended = "what was asked lapses at once, and no group decides anew."
    assert ended not in words_of(sign_in("management.chair").get(form))
    end(["005"], "carried_forward", plan=live.pk)
    confirm()
    assert ended in words_of(sign_in("management.chair").get(form))
