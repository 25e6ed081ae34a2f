"""Sentences that speak of all, every, everybody, nothing, nobody or none, each with what makes it false."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from actions import findings
from actions.models import Action, ActionLead
from gscp import facts
from subgroups.models import Group, Meeting, Post, PostHolding
from tests.answers import said, words_of
from tests.test_update import GOOD

TOTAL = re.compile(r"\b(all|every|everybody|everything|nothing|none|nobody)\b", re.IGNORECASE)
# What a page says of the record, by the test that has the case in which it is false.
TESTED = {
    "Nobody else has confirmed that yet.": "test_who_changed_a_measure_does_not_confirm_that",
    "and nobody else has confirmed that.": "test_who_changed_a_measure_does_not_confirm_that",
    "Every open action has been reported on.": "test_every_open_action_has_been_reported_on",
    "Every report that was due has come.": "test_a_chair_who_has_no_other_is_told_that_a_report_is_not_late",
    "This page has found nothing to do.": "test_nothing_to_do_is_said_of_an_empty_page_only",
    "Nothing waits for this group.": "test_nothing_waits_until_something_is_asked",
    "Nothing waits for the {{ top }}.": "test_nothing_waits_until_something_is_asked",
    "Nothing in this plan waits for this group.": "test_nothing_of_one_plan_waits",
    "Nothing in this plan waits for the {{ top }}.": "test_nothing_of_one_plan_waits",
    "None of these is off plan.": "test_none_is_off_plan_where_no_rule_finds_any",
    "Nothing is off plan": "test_a_list_says_that_its_filter_finds_nothing",
    "nobody on record has these names": (
        "test_many_doubts_of_one_kind_are_mended_in_the_file_or_kept_together"
    ),
    "these words name nobody": "test_words_that_name_nobody_are_asked_about",
    "so it is hidden in all that leaves this site.": (
        "test_papers_show_no_small_figure_in_chart_table_or_request"
    ),
    ". Check that there were none, and confirm below.": (
        "test_none_at_all_where_there_were_many_is_asked_about_once"
    ),
    "I have checked: there were none": "test_none_at_all_where_there_were_many_is_asked_about_once",
    "Nothing asked": "test_nothing_is_asked_until_it_is",
    "Off plan, and nothing asked": "test_agendas_say_nothing_only_where_nothing_is",
    "is off plan with nothing asked.": "test_agendas_say_nothing_only_where_nothing_is",
    "Nothing is asked of the": "test_agendas_say_nothing_only_where_nothing_is",
    "by that day, nothing is left to decide.": "test_nothing_is_left_to_decide_where_the_rest_came_later",
    "Nothing was decided last time.": "test_agendas_say_nothing_only_where_nothing_is",
    "Nobody holds this post.": "test_who_holds_a_post_and_what_is_called_leaves_the_list",
    "Posts nobody holds": "test_who_holds_a_post_and_what_is_called_leaves_the_list",
    "A nil return says that nothing has changed": "test_what_was_said_last_stands_beside_the_form",
    "Blocked, nobody named": "test_a_blocker_is_nobody_s_until_somebody_is_named",
    "Blocked, with nobody named to unblock it": "test_a_blocker_is_nobody_s_until_somebody_is_named",
    "Nobody holds the post that leads it": "test_post_vacant_from_the_day_its_holder_leaves",
    "Nobody holds it today.": "test_the_form_of_a_handover_says_who_holds_the_post_today",
    "Nobody of the": "test_of_two_later_handovers_neither_takes_who_could_accept_the_other",
    "nobody holds it": "test_the_day_from_which_a_post_is_vacant_is_corrected_too",
    ": nothing is reported on it.": "test_what_was_typed_before_the_action_was_closed_is_not_lost",
    "Several groups report to none": "test_a_top_group_with_one_post_is_told_of",
    "The group above all others takes decisions": "test_no_group_is_above_all_others_that_cannot_decide",
    "This was sent and recorded before": "test_a_form_sent_twice_has_one_effect",
    "This changes nothing, so": "test_bad_input_gets_a_message_and_keeps_what_was_typed",
    "came from you. Nothing was recorded.": "test_a_page_that_is_too_old_to_send_gives_its_text_back",
    "nothing is recorded twice.": "test_what_comes_back_though_it_was_recorded_is_recorded_once",
    "so nothing was recorded.": "test_a_form_sent_after_signing_out_comes_back_with_its_text",
    "what was typed. Nothing was recorded.": "test_another_person_at_the_same_browser_is_asked_to_sign_out",
    "and nothing was recorded.": "test_what_is_heavy_records_nothing",
    ". Nobody else can see it.": "test_nobody_else_sees_it",
    "may go on all the same, with": "test_without_a_quorum_it_says_so_where_it_matters",
    "nothing more to do here.": "test_a_group_that_does_not_decide_is_done_once_attendance_is_on_record",
    "Nobody decides on their own request.": "test_who_answered_for_it_does_not_decide_it",
    "You can read everything. You": "test_who_was_put_into_the_executive_reads_and_decides_nothing",
    "they decide nothing from this": "test_who_was_put_into_the_executive_reads_and_decides_nothing",
    "and decides nothing from this": "test_who_was_put_into_the_executive_reads_and_decides_nothing",
    "They decide nothing from it": "test_who_was_put_into_the_executive_reads_and_decides_nothing",
    "so nothing can be shown.": "test_who_holds_no_post_signs_out_and_changes_the_password",
    "}}: nobody from {{": "test_that_nobody_follows_is_told_before_the_day_too",
    "nobody acts from this post": "test_nobody_acts_from_a_post_is_said_once_nobody_holds_it",
    "Nobody holds a post that leads it.": "test_post_vacant_from_the_day_its_holder_leaves",
    "that there is nothing new on": "test_each_act_of_the_played_year_is_told_in_one_sentence",
    "nobody changes the plan any more": "test_no_form_writes_on_a_closed_plan",
    "recorded that nobody holds the post": "test_a_handover_put_right_leaves_nobody_out",
    "Nobody is held to what its chair": "test_it_is_proposed_and_nobody_is_held_to_it",
    "Nobody is held to it": "test_it_is_proposed_and_nobody_is_held_to_it",
    "nobody can change it any more": "test_nobody_can_change_it_any_more",
    "There is nothing for you to confirm here.": "test_a_chair_enters_figures_and_another_post_confirms_them",
    "readings on. There is none yet.": (
        "test_limits_begin_with_the_thirteenth_reading_and_anew_with_a_baseline"
    ),
}
# Words of a link, or of a field without a value.
LABELS = {
    "All meetings", "Every change to this post", "Every change, with filters", "None", "None agreed",
    "None given", "None named", "none named", "None published", "None set", "None yet.", "Nobody named",
    "Nobody yet.", "Nothing", "Nothing to report", "Nothing.", "All actions of the plan", "All plans",
    "All that is asked", "All that is off plan", "All that was asked and decided", "All right within",
    "All agencies together", "How far off target is still all right", "Days they took, all together",
    "days taken, of all together", "Every month", "Every quarter", "Every year",
}  # fmt: skip
# Parts of what a form or a rule says of itself, and of nothing on record.
OF_ITSELF = (
    "none given", "Every partner", "one figure for all",
    "|intcomma }} changes of {{", "See all, with the reasons", "all that was asked and decided.",
    "Nil return: nothing to report.", "Nothing to report? ", "none of this is copied",
    "there is nothing to report, send", "there is nothing new to report", "With all groups that report to it",
    "as long as there is none, the chair", "If nobody was, call",
    "Nobody has to decide it any more", "Nobody else of the", "is none of", "if every part of this rule",
    "of every page", "It was called off: nobody was present.", "The chair went on all the same:",
    "Nothing was saved.", "Nothing is shown until the filter", "stands here: all of it",
    "Nothing can be changed here.", "is invented except", "nothing about a child, a family",
    "none of this identifies", "that nobody can type", "Nothing of this is recorded yet",
    "Left empty, nobody holds it from then", "tell the Business Manager and do nothing here",
    "Only where the plan has none that fits", "Nobody else sees it. Three or four words",
    "password, which nobody else sees",
    "{{ row.days }} days all together", "Tick none if there is one figure for all", "Left empty: not at all.",
    "small number points at nobody", "or say that none was supplied",
    "training of all agencies together",
    ": fill in each number, or none.", "has one figure for all agencies together", "If nothing changes, it",
    "You can break nothing: all of it", "so that every other page stays quick",
)  # fmt: skip
# Files and folders that say what the service is and how it works, whatever the record says. What help says of
# rules and of who may do what is read from the tables that pages work by: tests/test_help.py.
STATEMENTS = {"accessibility.html", "privacy.html", "help", "help.py"}


def is_statement(path: Path) -> bool:
    return bool(STATEMENTS & {path.name, path.parent.name})


def sentences_of_templates() -> Iterator[str]:
    for template in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        # "scrutiny" speaks of what was checked: tests/test_verification.py
        if template.parent.name == "scrutiny" or is_statement(template):
            continue
        html = re.sub(r"{#.*?#}|<svg.*?</svg>", "", template.read_text(), flags=re.DOTALL)
        for tag in re.findall(r"{[%{].*?[%}]}", html):
            yield from re.findall(r'(?:empty|all|text|key|default)[=:]"([^"]*)"', tag)
        html = re.sub(r"</?(?:p|li|t[dhr]|h\d|d[tdl]|title|div|[uo]l|span)\b[^>]*>|{%.*?%}", "\n", html)
        yield from re.sub(r"<[^>]*>", "", html).split("\n")


def sentences_of_code() -> Iterator[str]:
    folders = ("actions", "subgroups", "gscp")
    for path in sorted(path for folder in folders for path in (settings.BASE_DIR / folder).rglob("*.py")):
        if {"migrations", "management", "record"} & set(path.parts) or path.name == "settings.py":
            continue
        if is_statement(path):
            continue
        tree = ast.parse(path.read_text())
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        docstrings = {id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, documented) and is_text(n)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in docstrings else ""
            if isinstance(text, str) and " " in text.strip() and "|" not in text:  # "a|b" finds words
                yield text


def is_text(node) -> bool:
    return bool(node.body) and isinstance(node.body[0], ast.Expr)


def total_sentences() -> list[str]:
    found = [" ".join(text.split()) for text in [*sentences_of_templates(), *sentences_of_code()]]
    return [text for text in found if TOTAL.search(re.sub(r"{{.*?}}", "", text))]


def test_each_sentence_about_all_or_none_has_its_test():
    known, sentences = [*TESTED, *OF_ITSELF], [text for text in total_sentences() if text not in LABELS]
    unknown = [text for text in sentences if not any(part in text for part in known)]
    assert unknown == [], "say here what makes it false, with a test, or that it is about nothing on record"
    assert [part for part in known if not any(part in text for text in sentences)] == []
    tests = "\n".join(path.read_text() for path in (settings.BASE_DIR / "tests").glob("test_*.py"))
    assert [name for name in TESTED.values() if f"def {name}(" not in tests] == []


# Once: words of pages; the SQL that they rest on has its own tests on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


def test_every_open_action_has_been_reported_on(sign_in, send, manager):
    claim = "Every open action has been reported on."
    roles = {"resolution": ["001"], "management": ["002", "003", "004"], "qiip": ["006"]}
    for role, refs in roles.items():
        for ref in refs:
            send(sign_in(f"{role}.chair"), f"/plans/2021-22/actions/{ref}/nil-return/")
    assert claim not in said(manager.get("/missing/")), "005 is left"
    send(sign_in("cem.chair"), "/plans/2021-22/actions/005/nil-return/")
    assert claim in said(manager.get("/missing/"))


def test_a_chair_without_actions_is_told_that_and_no_other(sign_in):
    claim = "You have no open action to report on."
    assert claim in words_of(sign_in("scrutineer").get("/due/"))
    assert claim not in words_of(sign_in("cem.chair").get("/due/"))


def test_who_reports_for_another_meeting_only_is_not_told_of_no_action(sign_in, on_record, action, post):
    done, led = action("005"), action("006")
    done.status, led.group = "complete", Group.objects.top()
    with on_record():
        done.save()
        led.save()
        ActionLead(action=led, post=post("Child Exploitation and Missing Subgroup Chair")).save()
    page = words_of(sign_in("cem.chair").get("/due/"))
    assert "1 action to report" in page and "You have no open action" not in page


def test_nothing_to_do_is_said_of_an_empty_page_only(manager):
    claim = "This page has found nothing to do."
    assert claim in render_to_string("actions/missing.html", {"sections": []})
    lacks = {"sections": [], "top_group_lacks": ["The Executive has one post."]}
    assert claim not in render_to_string("actions/missing.html", lacks)
    assert claim not in said(manager.get("/missing/"))


def test_nothing_waits_until_something_is_asked(sign_in, asked):
    pages = (
        ("management.chair", "/exceptions/", "this group"),
        ("executive", "/decisions/", "the Executive"),
    )
    for role, page, group in pages:
        assert f"Nothing waits for {group}." in said(sign_in(role).get(page))
    asked("005")
    asked("002", "management.chair")
    for role, page, group in pages:
        assert f"Nothing waits for {group}." not in said(sign_in(role).get(page))


def test_none_is_off_plan_where_no_rule_finds_any(sign_in, monkeypatch):
    claims = {"/decisions/": "None of these is off plan.", "/exceptions/": "No action of this group or below"}
    for page, claim in claims.items():
        assert claim not in said(sign_in("executive").get(page)), "actions without a date are"
    monkeypatch.setattr(findings, "OFF_PLAN", 0)  # as if no rule found any
    facts.kept.clear()
    for page, claim in claims.items():
        assert claim in said(sign_in("executive").get(page))


def test_a_list_says_that_its_filter_finds_nothing(sign_in, report, asked):
    reader = sign_in("management.chair")
    lists = {
        "/exceptions/?rule=red": "No action is off plan by this filter.",
        "/exceptions/found/?rule=red": "Nothing is off plan by this filter.",
        "/exceptions/reports/?kind=exception": "No request is found by this filter.",
    }
    for page, claim in lists.items():
        assert claim in words_of(reader.get(page))
    report("005", rating="red")
    asked("005")
    for page, claim in lists.items():
        assert claim not in words_of(reader.get(page))


def test_nothing_is_asked_until_it_is(sign_in, asked):
    def row(ref):
        page = said(sign_in("management.chair").get("/exceptions/"))
        table = page.split("gscp-off-plan")[1]
        return re.search(rf">{ref}</a></th>(.*?)</tr>", table, re.DOTALL)[1]

    def counted():
        page = said(sign_in("management.chair").get("/exceptions/"))
        return int(re.search(r"asked=no[^>]*><strong>(\d+)</strong>", page)[1])

    assert "Nothing asked" in row("005") and counted() == 6
    asked("005")
    assert "Nothing asked" not in row("005") and "Exception report" in row("005") and counted() == 5
    unasked = said(sign_in("management.chair").get("/exceptions/?asked=no"))
    assert ">005</a></th>" not in unasked and ">006</a></th>" in unasked


def test_where_nothing_is_asked_it_says_what_was_decided_last(sign_in, asked, attend, decide, it_is):
    report = asked("005")
    it_is(2021, 6, 15)
    attend("/meetings/management-group/2021-06-15/", "council", "police", "health")
    decide("refuse", report)
    page = words_of(sign_in("management.chair").get("/exceptions/"))
    assert (
        "Nothing asked Last decided: exception report, refused by the Management Group on 15 June 2021"
        in page
    )


def test_an_old_address_that_cannot_be_read_shows_no_action(sign_in):
    page = said(sign_in("management.chair").get("/exceptions/?rule=purple"))
    assert "Nothing is shown until the filter is put right." in page and "gscp-off-plan" not in page


KEPT = {
    "Each open action has a date or a review date.": lambda: Action.objects.filter(ref="001"),
    "Each complete action has evidence that a meeting accepted.": lambda: Action.objects.filter(ref="001"),
    "Each open action is with a group that is in place.": lambda: Group.objects.filter(slug="resolution"),
    "Each open action has a post that leads it or chairs its group, and somebody holds it.": lambda: (
        PostHolding.objects.filter(post__name="Resolution Group Chair", ended_on=None)
    ),
}
BROKEN = [
    {"original_date": None, "agreed_date": None, "review_date": None},
    {"status": "complete"},
    {"established_on": None},
    {"ended_on": date(2022, 3, 9)},
]


@pytest.mark.parametrize(("claim", "broken"), list(zip(KEPT, BROKEN, strict=True)))
def test_what_is_said_of_the_register_is_of_each_action(claim, broken, played, manager, on_record):
    page = said(manager.get("/missing/"))
    assert claim in page and "an owner" not in page, "001 has a review date only, and no post leads it"
    with on_record():
        subject = KEPT[claim]().get()
        for name, value in broken.items():
            setattr(subject, name, value)
        subject.save()
    assert claim not in said(manager.get("/missing/"))


def test_a_finished_action_is_not_asked_for_reports(played, sign_in, it_is):
    it_is(2022, 3, 14)
    register = said(sign_in("cem.chair").get("/plans/2021-22/?status=complete"))
    assert "Complete" in register and "No report since" not in register and "gscp-rating--old" not in register
    assert "No report since" in said(sign_in("cem.chair").get("/plans/2021-22/?status=in_progress"))
    for role in ("management.chair", "qiip.chair.next"):
        due = said(sign_in(role).get("/due/"))
        assert "/actions/002/update/" not in due and "/actions/006/update/" not in due


def test_without_recorded_attendance_no_page_speaks_of_a_quorum(sign_in, asked, it_is):
    report = asked()
    it_is(2021, 6, 15)
    chair, meeting = sign_in("management.chair"), "/meetings/management-group/2021-06-15/"
    pages = [
        meeting,
        "/meetings/",
        f"{meeting}decide/{report.pk}/",
        report.get_absolute_url(),
        "/exceptions/",
    ]
    for page in pages:
        assert "uorate" not in words_of(chair.get(page)), page
    assert "Attendance not recorded" in words_of(chair.get(meeting))
    assert "Who is here is not recorded yet" in words_of(chair.get(pages[2]))
    assert "The Business Manager records who is here first" in words_of(chair.get("/exceptions/"))


def test_who_has_met_is_said_once_attendance_is_recorded(sign_in, it_is, held):
    claim = "Who was present is on record of no earlier meeting."
    it_is(2021, 6, 16)
    assert claim in said(sign_in("management.chair").get("/exceptions/"))
    held()
    assert claim not in said(sign_in("management.chair").get("/exceptions/"))


def test_who_holds_a_post_and_what_is_called_leaves_the_list(played, manager, user, on_record):
    page = words_of(manager.get("/missing/"))
    assert "MASH Subgroup Vice-Chair Nobody holds this post." in page
    assert "QiiP Subgroup No coming meeting of it is recorded." in page
    qiip = Group.objects.get(slug="qiip")
    with on_record():
        vice_chair = Post.objects.get(name="MASH Subgroup Vice-Chair")
        PostHolding(post=vice_chair, user=user("cem.chair"), started_on=date(2022, 3, 9)).save()
        closing = Meeting.objects.latest("papers_close").papers_close.replace(year=2022, month=3, day=9)
        Meeting(group=qiip, date=date(2022, 3, 10), papers_close=closing).save()
    page = words_of(manager.get("/missing/"))
    assert "Nobody holds this post" not in page
    assert "QiiP Subgroup No coming meeting" not in page


def test_agendas_say_nothing_only_where_nothing_is(sign_in, asked, monkeypatch):
    agenda, chair = "/meetings/management-group/2021-06-15/", sign_in("management.chair")
    page = words_of(chair.get(agenda))
    assert "Nothing is asked of the Management Group" in page and "Nothing was decided last time." in page
    assert "No action that comes to this group is off plan with nothing asked." not in page
    asked()
    assert "Nothing is asked of the Management Group" not in words_of(chair.get(agenda))


def test_nothing_is_left_to_decide_where_the_rest_came_later(sign_in, asked, it_is, send):
    chair, left = sign_in("management.chair"), "Of what was asked by that day, nothing is left to decide."
    it_is(2021, 6, 14)
    before = asked("005")
    it_is(2021, 6, 16)
    asked("006", "qiip.chair")
    assert left not in words_of(chair.get("/meetings/management-group/2021-06-15/"))
    send(sign_in("cem.chair"), f"{before.get_absolute_url()}take-back/", reason="Solved")
    assert left in words_of(chair.get("/meetings/management-group/2021-06-15/"))


def test_a_blocker_is_nobody_s_until_somebody_is_named(sign_in, send):
    chair, update = sign_in("cem.chair"), "/plans/2021-22/actions/005/update/"
    send(chair, update, **GOOD)
    assert "Blocked, nobody named" in said(chair.get("/exceptions/"))
    send(chair, update, **GOOD | {"blocker": "", "unblocker": "The Executive"})
    assert "Blocked, nobody named" not in said(chair.get("/exceptions/"))
