"""What is asked or answered after papers closed says so, and a request says whose turn it is."""

import re
from datetime import date
from html import unescape

import pytest
from django.contrib.messages import get_messages

from actions.models import ExceptionReport
from tests.answers import html_of, words_of
from tests.conftest import form_of
from tests.test_every_page import check_words, wrong_markup

# Once: forms and pages are Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AGENDA = "/meetings/management-group/2021-06-15/"
BEFORE = "Papers have closed. You can still send it: it will be marked late for 15 June."
ASKED = "Late for 15 June. Asked on 14 June 2021, after papers closed."
SEPTEMBER = "/meetings/management-group/2021-09-14/"


def test_a_request_is_late_before_it_is_sent_and_wherever_it_waits(asked, it_is, sign_in, tmp_path):
    chair, form = sign_in("cem.chair"), "/plans/2021-22/actions/005/exception/"
    assert BEFORE not in words_of(chair.get(form))
    it_is(2021, 6, 14)
    read = {"form": html_of(chair.get(form))}
    assert BEFORE in words_of(chair.get(form))
    report = asked()
    for reader, page in (
        ("cem.chair", report.get_absolute_url()),
        ("cem.chair", "/due/"),
        ("management.chair", "/exceptions/"),
    ):
        assert ASKED in words_of(sign_in(reader).get(page)), page
        read[page.replace("/", "")] = html_of(sign_in(reader).get(page))
    check_words(read)
    assert wrong_markup(read, tmp_path) == []


def test_what_was_asked_in_time_is_not_late(asked, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 14)
    assert "Late for" not in words_of(sign_in("cem.chair").get(report.get_absolute_url()))


def test_the_executive_s_page_marks_it_too(asked, attend, decide, it_is, sign_in):
    it_is(2021, 6, 15)
    report = asked()
    attend(AGENDA, "council", "police", "health")
    assert decide("escalate", report).status_code == 302
    meeting = sign_in("executive").get("/decisions/")
    assert "Asked on 15 June 2021, after papers closed." not in words_of(meeting), "its own were open"


def test_an_answer_is_late_and_the_question_stands_above_its_button(
    asked, attend, decide, it_is, sign_in, send
):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("return", report, reason="Which agencies are late?")
    chair, url = sign_in("cem.chair"), report.get_absolute_url()
    page = html_of(chair.get(url))
    question = "Returned with a question, Management Group, 15 June 2021: “Which agencies are late?”"
    assert question in words_of(chair.get(url))
    assert page.index("“Which agencies are late?”") < page.index("Answer the question")
    assert "marked late" not in words_of(chair.get(f"{url}answer/")), "its papers had closed before it asked"
    it_is(2021, 9, 13)
    assert "marked late for 14 September" in words_of(chair.get(f"{url}answer/"))
    sent = send(chair, f"{url}answer/", reason="Two of six")
    banner = words_of(chair.get(sent.url))
    assert "answered. Papers have closed: this is marked late for 14 September." in banner
    assert "Late for 14 September. Answered on 13 September 2021, after papers closed." in banner
    agenda = words_of(sign_in("management.chair").get(SEPTEMBER))
    assert "Answered on 13 September 2021, after papers closed." in agenda


def test_an_answer_on_the_day_of_the_meeting_that_asked_is_not_late(
    asked, attend, decide, it_is, sign_in, send
):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("return", report, reason="Which agencies are late?")
    chair, url = sign_in("cem.chair"), report.get_absolute_url()
    banner = words_of(chair.get(send(chair, f"{url}answer/", reason="Two of six").url))
    assert "Two of six" in banner and "ate for 15 June" not in banner
    agenda = words_of(sign_in("management.chair").get(AGENDA))
    assert "Two of six" in agenda and "Answered on" not in agenda


def test_a_question_that_was_a_mistake_stands_on_no_agenda(asked, attend, decide, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("return", report, reason="Which agencies are late?")
    chair = sign_in("management.chair")
    decide("correct", report, reason="Entered on the wrong line")
    item = html_of(chair.get(AGENDA)).split("<article")[1].split("</article>")[0]
    assert "Exception report on Action 005" in item and "Which agencies are late?" not in item
    report.refresh_from_db()
    assert report.answers == []


def test_a_decision_entered_for_a_chair_has_its_button_on_top(asked, attend, decide, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report, by="business.manager")
    step, url = report.steps.last(), report.get_absolute_url()
    page = html_of(sign_in("management.chair").get(url))
    above = page.split("What is asked, and why")[0]
    assert f'href="/decisions/{step.pk}/confirm/"' in above
    assert "Granted by the" in above and "who has not confirmed it yet." in above
    assert above.index("Confirm it") < above.index("Correct the decision")
    assert "/confirm/" not in html_of(sign_in("cem.chair").get(url))


def test_of_what_was_granted_the_page_says_who_does_the_rest(asked, attend, decide, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    decide("grant", report)
    who = "Not reported done yet. The chair of the Child Exploitation and Missing Subgroup reports it done"
    assert who in words_of(sign_in("cem.chair").get(report.get_absolute_url()))


def test_whose_turn_an_impact_check_is(played, sign_in):
    report = ExceptionReport.objects.with_outstanding().filter(kind="completion").first()
    chair = sign_in("qiip.chair.next")
    page = words_of(chair.get(report.get_absolute_url()))
    assert f"A chair of a group above the {report.group} checks it, and never who answers" in page
    assert "A chair of a group above checks it." in words_of(chair.get("/due/"))
    assert "Or the date on which" not in page and "The date on which impact will be checked" in page


def test_a_decision_form_says_that_the_action_is_complete(asked, attend, it_is, sign_in, on_record, action):
    report = asked()
    with on_record():
        done = action("005")
        done.status, done.original_date = "complete", date(2021, 5, 31)
        done.save()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    for page in (AGENDA, f"{AGENDA}decide/{report.pk}/"):
        told = words_of(sign_in("management.chair").get(page))
        assert "Status Complete Was due 31 May 2021" in told and "Due now" not in told


def test_decisions_that_are_not_in_force_are_what_a_quorum_is_offered(asked, attend, decide, it_is, sign_in):
    report = asked()
    it_is(2021, 6, 15)
    chair = sign_in("management.chair")
    attend(AGENDA, "council")
    assert decide("grant", report).status_code == 302
    page = words_of(chair.get(AGENDA))
    assert "1 decision below is not in force yet. Enter a decision on each request below." in page
    sent = attend(AGENDA, "council", "police", "health", reason="Came late")
    said = "1 decision not in force yet: this meeting can put it in force. Decisions can be entered now."
    assert said in str(list(get_messages(sent.wsgi_request))[0])
    page = words_of(chair.get(AGENDA))
    assert (
        "1 decision below is not in force yet. This meeting has enough partners: it can put it in force."
        in page
    )
    assert "Put each in force below, or decide anew." in page and "Enter a decision on each" not in page
    assert "Put the decision in force, or decide anew on Exception report" in page
    assert decide("ratify", report).status_code == 302
    assert "not in force yet" not in words_of(chair.get(AGENDA))


def test_a_partner_left_out_is_named_in_a_plain_sentence(manager, it_is):
    it_is(2021, 6, 15)
    page = words_of(manager.post(f"{AGENDA}attendance/", form_of(manager.get(f"{AGENDA}attendance/"))))
    assert "Say whether Gloucestershire Constabulary was there." in page and "Choose “" not in page


def test_what_changed_since_a_meeting_leads_to_just_that(asked, attend, it_is, sign_in, report):
    it_is(2021, 6, 7)
    report("005", rating="green")
    asked()
    it_is(2021, 6, 15)
    attend(AGENDA, "council", "police", "health")
    it_is(2021, 9, 1)
    report("005", rating="amber", done="Met again")
    chair = sign_in("management.chair")
    for meeting, counted in ((SEPTEMBER, 2), (AGENDA, 5)):
        found = re.search(r'href="(/scrutiny/changes/\?[^"]*)">(\d+) changes?<', html_of(chair.get(meeting)))
        assert found[2] == str(counted)
        assert f"{counted} changes" in words_of(chair.get(unescape(found[1]))), "of 7 in all"


def test_the_form_says_before_its_boxes_whom_it_names_and_a_meeting_of_today_is_called_so(sign_in, it_is):
    chair = sign_in("cem.chair")
    page = words_of(chair.get("/plans/2021-22/actions/005/update/"))
    assert page.index("Name no child and no family.") < page.index("What was done")
    assert "The Management Group meets on 15 June 2021" in words_of(chair.get("/due/"))
    it_is(2021, 6, 15)
    assert "The Management Group meets today, 15 June 2021" in words_of(chair.get("/due/"))
