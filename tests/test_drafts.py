"""A draft: what a chair began to type. No part of the record, seen by nobody else, and gone in time."""

import re
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions.forms.updates import ProgressUpdateForm
from actions.models import ProgressUpdate
from gscp.drafts import Draft
from gscp.record import Change, turns
from subgroups.models import Post
from tests.answers import html_of, words_of
from tests.conftest import ASK, PASSWORD, form_of
from tests.rows_of_record import everything
from tests.test_typed_text import sealed_in, signs_in

# Once: a draft is a row of Django's own, no part of the record.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
UPDATE = "/plans/2021-22/actions/005/update/"
ASKING = "/plans/2021-22/actions/005/exception/"
TYPED = {"done": "Briefed two localities", "rating": "amber", "forecast-day": "30", "forecast-month": "Sept"}
SAVE = {"save_draft": "1"}
STILL_EMPTY = "You have not typed or chosen anything yet, so no draft was saved."


@pytest.fixture
def chair(sign_in):
    return sign_in("cem.chair")


@pytest.fixture
def begun(chair):
    response = chair.post(UPDATE, form_of(chair.get(UPDATE)) | TYPED | SAVE)
    assert (response.status_code, response.url) == (302, UPDATE)


def test_what_was_begun_is_found_again_and_sent(chair, begun):
    page = html_of(chair.get(UPDATE))
    assert "You started this on 1 April 2021, " in page and "It is not recorded yet." in page
    assert "Briefed two localities</textarea>" in page
    assert 'value="30"' in page and 'value="Sept"' in page
    assert "govuk-error-summary" not in page, "what is still missing is not said before it is sent"

    whole = TYPED | {"difference": "None yet", "reason": "Two have no lead", "forecast-year": "2021"}
    assert chair.post(UPDATE, form_of(chair.get(UPDATE)) | whole).status_code == 302
    assert ProgressUpdate.objects.get().done == "Briefed two localities"
    assert Draft.objects.count() == 0
    assert "You started this" not in html_of(chair.get(UPDATE))


def test_a_draft_of_another_tab_stays_when_this_one_records(chair):
    one, other = form_of(chair.get(UPDATE)), form_of(chair.get(UPDATE))
    assert chair.post(UPDATE, other | TYPED | SAVE).status_code == 302
    more = {"difference": "None yet", "reason": "Two have no lead"}
    assert chair.post(UPDATE, one | more | {"done": "Met", "rating": "green"}).status_code == 302
    page = html_of(chair.get(UPDATE))
    assert "You started this on" in page and "Briefed two localities</textarea>" in page
    sent = form_of(chair.get(UPDATE)) | TYPED | more | {"forecast-year": "2021"}
    told = chair.post(UPDATE, sent)
    assert "Somebody changed this while you were writing" in html_of(told), "it was begun before"
    assert chair.post(UPDATE, sent | form_of(told)).status_code == 302
    assert not Draft.objects.exists()


def test_a_draft_of_another_tab_is_not_written_over_unseen(chair):
    """Of two tabs that began empty, or with the same draft. The one that saves last is told first."""
    for typed in ("Briefed two localities", "Briefed three localities"):
        one, other = form_of(chair.get(UPDATE)), form_of(chair.get(UPDATE))
        assert chair.post(UPDATE, one | {"done": typed} | SAVE).status_code == 302
        for _ in "ab":  # as its script does, as often as it likes
            told = chair.post(UPDATE, other | TYPED | SAVE, headers={"accept": "application/json"}).json()
            assert told["said"].startswith("Not saved: you saved another draft of this on 1 April 2021, ")
        told = chair.post(UPDATE, other | {"done": "Briefed nobody"} | SAVE)
        assert "To put this one in its place, press “Save as draft” again." in html_of(told)
        assert "Briefed nobody</textarea>" in html_of(told)
        assert f"{typed}</textarea>" in html_of(chair.get(UPDATE)), "it is still there"
    again = form_of(told) | {"done": "Briefed nobody"}
    script = chair.post(UPDATE, again | SAVE, headers={"accept": "application/json"})
    assert script.json()["said"].startswith("Not saved: you saved another draft"), "nobody pressed the button"
    button = re.search('name="save_draft" value="([^"]+)"', html_of(told)) or re.search(
        'value="([^"]+)"[^>]*name="save_draft"', html_of(told)
    )
    assert chair.post(UPDATE, again | {"save_draft": button[1]}).status_code == 302
    assert "Briefed nobody</textarea>" in html_of(chair.get(UPDATE))


def test_a_page_saves_its_draft_as_often_as_it_likes(chair):
    page = form_of(chair.get(UPDATE))
    for done in ("Briefed one", "Briefed two", ""):
        sent = page | {"done": done} | SAVE
        assert (
            chair.post(UPDATE, sent, headers={"accept": "application/json"}).json()["refused"] == {}
            or not done
        )
    assert not Draft.objects.exists(), "it was cleared"


def test_a_draft_saved_elsewhere_since_stays_when_this_page_records(chair, begun):
    """Though both pages began with the same draft."""
    one, other = form_of(chair.get(UPDATE)), form_of(chair.get(UPDATE))
    chair.post(UPDATE, other | {"done": "Briefed three localities"} | SAVE)
    whole = TYPED | {"difference": "None yet", "reason": "Two have no lead", "forecast-year": "2021"}
    assert chair.post(UPDATE, one | whole).status_code == 302
    assert "Briefed three localities</textarea>" in html_of(chair.get(UPDATE))


@pytest.mark.run_in("sqlite", "postgresql")  # what the record holds
def test_it_is_no_part_of_the_record_and_in_no_export(chair, begun, sign_in):
    before = everything()
    chair.post(UPDATE, form_of(chair.get(UPDATE)) | TYPED | {"done": "Briefed three localities"} | SAVE)
    assert everything() == before
    scrutineer = sign_in("scrutineer")
    for form in ("csv", "jsonl"):
        exported = scrutineer.get(f"/scrutiny/changes/export.{form}").getvalue()
        assert b"005" in exported and b"Briefed" not in exported
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM gscp_draft")
        assert "Briefed" not in str(cursor.fetchall()), "not even a copy of the database tells it"


def test_nobody_else_sees_it(begun, sign_in):
    manager = sign_in("business.manager")  # who may open the same form
    assert "Briefed" not in html_of(manager.get(UPDATE))
    manager.post(UPDATE, form_of(manager.get(UPDATE)) | {"done": "Something else", "discard": "1"})
    assert Draft.objects.count() == 1, "nor discards it"


def test_it_can_be_discarded(chair, begun):
    assert "Discard it" in html_of(chair.get(UPDATE))
    assert chair.post(UPDATE, {"discard": "1"}).url == UPDATE
    assert Draft.objects.count() == 0 and "Briefed" not in html_of(chair.get(UPDATE))


def test_what_is_due_says_what_was_started_to_its_writer_alone(chair, begun, sign_in):
    started = "You started this. It is not recorded yet."
    row = html_of(chair.get("/due/")).split("Begun, and not sent")[0].split("</tr>")
    assert [started in part for part in row if UPDATE in part] == [True]
    assert "".join(row).count(started) == 1
    assert started not in html_of(sign_in("mash.chair").get("/due/"))
    chair.post(UPDATE, {"discard": "1"})
    assert started not in html_of(chair.get("/due/"))


def test_every_home_page_leads_to_what_was_begun_and_not_sent(chair, sign_in, on_record, action):
    chair.post(ASKING, form_of(chair.get(ASKING)) | ASK | SAVE)
    page = chair.get("/due/")
    assert "Begun, and not sent" in words_of(page) and f'href="{ASKING}"' in html_of(page)
    assert "Raise an exception: Action 005 , saved on 1 April 2021" in words_of(page)
    assert ASK["cause"] not in words_of(page)
    with on_record():
        subject = action("005")
        subject.status = "complete"
        subject.save()
    assert f'href="{ASKING}"' in html_of(chair.get("/due/")), "its form is gone, and its text is not"
    for who, home in (("management.chair", "/exceptions/"), ("executive", "/decisions/")):
        assert "Begun, and not sent" not in words_of(sign_in(who).get(home))
    manager, form = sign_in("business.manager"), "/plans/2021-22/actions/006/update/"
    manager.post(form, form_of(manager.get(form)) | TYPED | SAVE)
    assert f'href="{form}"' in html_of(manager.get("/missing/"))


def test_a_draft_on_what_was_reported_already_is_said_too(chair, begun, report):
    report("005", rating="green")
    reported = html_of(chair.get("/due/")).split("Reported</h2>")[1]
    row = next(part for part in reported.split("</tr>") if UPDATE in part)
    assert "You started this. It is not recorded yet." in row


def test_who_saves_a_draft_is_told_once(chair):
    saved = chair.post(UPDATE, form_of(chair.get(UPDATE)) | TYPED | SAVE)
    banner = words_of(chair.get(saved.url)).split("Success")[1]
    assert "Saved as a draft on 1 April 2021" in banner and "Nobody else can see it." in banner
    assert "Success" not in words_of(chair.get(saved.url))


def test_of_a_form_in_which_nothing_is_typed_no_draft_is_kept(chair):
    page = chair.post(UPDATE, form_of(chair.get(UPDATE)) | {"done": " "} | SAVE)
    assert page.status_code == 200 and STILL_EMPTY in html_of(page)
    assert Draft.objects.count() == 0
    answer = chair.post(UPDATE, form_of(page) | SAVE, headers={"accept": "application/json"})
    assert answer.json()["said"] == STILL_EMPTY
    chosen = chair.post(UPDATE, form_of(page) | {"rating": "amber"} | SAVE)
    assert chosen.status_code == 302 and Draft.objects.count() == 1, "a choice is typed, too"
    chair.post(UPDATE, form_of(page) | SAVE)
    assert Draft.objects.count() == 0, "what is cleared is gone"


def test_each_form_has_its_own(chair, begun):
    chair.post(ASKING, form_of(chair.get(ASKING)) | ASK | SAVE)
    assert ASK["cause"] in html_of(chair.get(ASKING)) and "Briefed" in html_of(chair.get(UPDATE))
    chair.post(UPDATE, form_of(chair.get(UPDATE)) | TYPED | {"done": "Briefed nobody"} | SAVE)
    assert Draft.objects.count() == 2
    assert "Briefed nobody</textarea>" in html_of(chair.get(UPDATE))


@pytest.mark.parametrize("as_json", [True, False])
def test_what_could_identify_a_child_is_not_kept_and_the_field_says_so(as_json, chair, begun):
    named = TYPED | {"done": "Met at GL1 2AB", "reason": "NHS number 943 476 5919"}
    headers = {"accept": "application/json"} if as_json else {}
    response = chair.post(UPDATE, form_of(chair.get(UPDATE)) | named | SAVE, headers=headers)
    said = "This looks like a postcode: “GL1 2AB”. A draft with it is not kept: take it out."
    assert response.status_code == 200
    if as_json:
        assert response.json()["refused"].keys() == {"done", "reason"}
        assert response.json()["refused"]["done"] == said
        assert response.json()["said"].startswith("Not saved as a draft")
    else:
        page = html_of(response)
        assert page.count(said) == 2, "above the form, and at its field"
        assert "Met at GL1 2AB</textarea>" in page, "what was typed stays"
        assert "Say what difference" not in page, "what is missing is not asked of a draft"
        assert "I have checked" not in page
    assert Draft.objects.get().typed.fields["done"] == "Briefed two localities", "the one before stays"


def test_a_script_is_told_that_its_person_is_signed_out(chair):
    sent = form_of(chair.get(UPDATE)) | TYPED | SAVE
    chair.post("/sign-out/")
    response = chair.post(UPDATE, sent, headers={"accept": "application/json"})
    assert response.json()["said"].startswith("You are signed out") and Draft.objects.count() == 0


def test_a_script_is_told_that_it_is_saved(chair):
    response = chair.post(
        UPDATE, form_of(chair.get(UPDATE)) | TYPED | SAVE, headers={"accept": "application/json"}
    )
    assert response.json()["said"].startswith("Saved as a draft on 1 April 2021, ")
    assert response.json()["refused"] == {}
    assert Draft.objects.count() == 1


def test_after_14_days_nobody_sees_it_and_the_next_save_deletes_it(chair, begun, it_is, sign_in):
    it_is(2021, 4, 14)
    assert "Briefed" in html_of(chair.get(UPDATE))
    it_is(2021, 4, 16)
    assert "Briefed" not in html_of(chair.get(UPDATE))
    other = sign_in("qiip.chair")
    path = "/plans/2021-22/actions/006/update/"
    other.post(path, form_of(other.get(path)) | TYPED | SAVE)
    assert [draft.path for draft in Draft.objects.all()] == [path]


def test_when_the_post_ends_it_goes(chair, begun, user, on_record, it_is):
    it_is(2021, 4, 5)
    with on_record():
        Post.objects.get(holdings__user=user("cem.chair")).hand_over(date(2021, 4, 5), user("mash.chair"))
    assert Draft.objects.at(user("cem.chair"), UPDATE) == []
    call_command("clear_drafts", stdout=StringIO())
    assert Draft.objects.count() == 0


def test_when_its_action_is_closed_it_is_shown_to_be_copied(chair, begun, on_record, action):
    with on_record():
        subject = action("005")
        subject.status = "complete"
        subject.save()
    page = chair.get(UPDATE)
    assert page.status_code == 200 and "Action 005 is complete: nothing is reported on it." in words_of(page)
    assert "Briefed two localities" in words_of(page) and "Copy what you need." in words_of(page)
    assert "textarea" not in html_of(page)
    mark = Draft.objects.get().mark
    assert f'name="discard" value="{mark}"' in html_of(page)
    assert chair.post(UPDATE, {"discard": mark}).url == UPDATE.removesuffix("update/")
    assert Draft.objects.count() == 0 and chair.get(UPDATE).status_code == 302


def test_who_has_none_discards_none(sign_in):
    """The Scrutineer's requests write nothing, which a database refuses aloud."""
    scrutineer = sign_in("scrutineer")
    for path in ("/nowhere/", "/plans/2021-22/actions/005/", UPDATE):
        assert scrutineer.post(path, {"discard": "1"}).status_code in (403, 404, 405), path


def test_a_draft_from_before_they_were_kept_by_form_is_of_the_form_that_it_names(chair, begun):
    Draft.objects.update(about="")
    assert "Briefed two localities</textarea>" in html_of(chair.get(UPDATE))
    chair.post(UPDATE, form_of(chair.get(UPDATE)) | TYPED | {"done": "Briefed three localities"} | SAVE)
    assert "Briefed three localities</textarea>" in html_of(chair.get(UPDATE)), "the later one"
    chair.post(UPDATE, {"discard": "1"})
    assert Draft.objects.count() == 0


def test_to_look_through_the_drafts_of_one_person_costs_the_same_however_many(chair, begun):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            Draft.objects.clear()
        return len(captured)

    of_one = queries()
    chair.post(ASKING, form_of(chair.get(ASKING)) | ASK | SAVE)
    assert Draft.objects.count() == 2 and queries() == of_one


def test_the_command_leaves_what_counts(begun):
    call_command("clear_drafts", stdout=StringIO())
    assert Draft.objects.count() == 1


def test_who_may_not_open_the_form_keeps_no_draft(chair, sign_in):
    sent = form_of(chair.get(UPDATE)) | TYPED | SAVE
    for name in ("mash.chair", "scrutineer"):
        assert sign_in(name).post(UPDATE, sent).status_code == 403
        assert sign_in(name).post(UPDATE, sent | {"discard": "1"}).status_code == 403
    assert Draft.objects.count() == 0


def test_a_short_form_keeps_none(manager):
    path = "/partnership/"
    page = html_of(manager.get(path))
    assert "Save as draft" not in page and "data-draft" not in page
    assert manager.post(path, form_of(manager.get(path)) | SAVE).status_code == 400
    assert Change.objects.filter(model="subgroups.partnership").count() == 1


@pytest.mark.run_in("sqlite", "postgresql")  # locks
def test_it_takes_no_writer_s_turn(chair, monkeypatch):
    sent = form_of(chair.get(UPDATE)) | TYPED | SAVE
    monkeypatch.setattr(turns.places, "acquire", lambda blocking: False)  # others write, and others wait
    assert chair.post(UPDATE, sent).status_code == 302
    assert Draft.objects.count() == 1


def test_the_page_of_the_form_costs_one_query_more(chair, begun, monkeypatch):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            chair.get(UPDATE)
        return len(captured)

    chair.get(UPDATE)
    with_draft = queries()
    Draft.objects.all().delete()
    assert queries() == with_draft, "it is looked for whether it is there or not"
    monkeypatch.setattr(ProgressUpdateForm, "keeps_draft", False)
    assert queries() == with_draft - 1


def test_a_draft_that_was_begun_before_somebody_s_change_is_sent_with_it_in_view(chair, begun, report):
    report("005", rating="green", done="Reported meanwhile", reason="On time")
    whole = TYPED | {"difference": "None yet", "reason": "Two have no lead", "forecast-year": "2021"}
    page = html_of(chair.post(UPDATE, form_of(chair.get(UPDATE)) | whole))
    assert "Somebody changed this while you were writing" in page and "Reported meanwhile" in page


def test_a_draft_of_more_than_64_kb_says_so(chair):
    sent = form_of(chair.get(UPDATE)) | TYPED | SAVE | {"done": "x" * 70_000}
    page = html_of(chair.post(UPDATE, sent))
    assert "This is too long for a draft. Copy it" in page and Draft.objects.count() == 0
    # Nor is it looked through: with a postcode every few letters the page was ten times as long.
    page = html_of(chair.post(UPDATE, sent | {"done": "GL1 1AA " * 9_000}))
    assert "This is too long for a draft. Copy it" in page and "This looks like" not in page


def test_what_came_back_after_signing_in_goes_before_the_draft(chair, begun):
    sent = form_of(chair.get(UPDATE)) | TYPED | {"done": "Briefed three localities"}
    chair.post("/sign-out/")
    page = chair.post(UPDATE, sent)
    signs_in(chair, "cem.chair", sealed_in(page), PASSWORD)
    assert "Briefed three localities</textarea>" in html_of(chair.get(UPDATE))
    chair.post(UPDATE, {"discard": "1"})
    assert "Briefed" not in html_of(chair.get(UPDATE))
