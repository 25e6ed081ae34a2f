"""What was typed into the grid of figures, or kept as its draft, while somebody else entered one of them."""

from datetime import date

import pytest
from django.urls import reverse

from actions.forms.readings import lines_to_enter
from gscp.drafts import Draft
from subgroups.models import Group, MeasureAgency, Partner, Reading
from tests.answers import html_of, words_of
from tests.factories import measure_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
MAY = date(2021, 5, 1)
URL = "/groups/qiip/scorecard/enter/2021-05/"
CONFLICT = "Somebody changed this while you were writing"
WORDS = "Two halls were closed"


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def sessions(on_record):
    with on_record():
        return measure_of("qiip", name="Sessions held", numerator="sessions", denominator="", first_day=MAY)


@pytest.fixture
def places(on_record):
    with on_record():
        return measure_of("qiip", name="Places offered", numerator="places", denominator="", first_day=MAY)


@pytest.fixture
def entered(on_record, user):
    """Somebody enters a figure, and others may be typing."""

    def enter(measure, *counts, **columns):
        with on_record():
            return read(measure, user("business.manager"), MAY, *counts, **columns)

    return enter


def opened(client, url=URL):
    """What the page of the form sends, its boxes with it."""
    form = client.get(url).context["form"]
    return sent_by(form)


def sent_by(form):
    return {name: form[name].value() or "" for name in form.fields if name not in ("file", "confirmed")}


def box(measure, agency=None):
    return f"count_{measure.pk}_{agency.pk if agency else 'all'}"


def said(measure):
    return f"said_{measure.pk}"


def errors(page):
    return [text for texts in page.context["form"].errors.values() for text in texts]


# ---------------------------------------------------------------- sent, when somebody entered it meanwhile


def test_what_was_typed_stays_in_view_when_the_only_figure_was_entered_meanwhile(sessions, sign_in, entered):
    chair = sign_in("qiip.chair")
    typed = opened(chair) | {box(sessions): "290", said(sessions): WORDS}
    stands = entered(sessions, 300)
    page = chair.post(URL, typed)
    assert page.status_code == 200, "nothing is said to be entered that is not"
    form = page.context["form"]
    assert (form[box(sessions)].value(), form[said(sessions)].value()) == ("290", WORDS)
    assert form[box(sessions)].errors == [
        "Somebody entered this meanwhile: 300. Yours is not recorded. "
        "Copy it, and empty these boxes. To change what stands, use “Correct it”."
    ]
    words = "The figure was entered meanwhile. Copy these words, and empty this box."
    assert form[said(sessions)].errors == [words]
    assert "Entered meanwhile by Business Manager: 300" in words_of(page)
    assert reverse("reading_correct", args=[stands.pk]) in html_of(page)
    assert [one.counts for one in Reading.objects.all()] == [(300, None)]
    # Sent as it is, it comes back as it is; emptied, there is nothing left to enter.
    again = chair.post(URL, sent_by(form))
    assert again.context["form"][box(sessions)].value() == "290"
    emptied = chair.post(URL, sent_by(again.context["form"]) | {box(sessions): "", said(sessions): ""})
    assert "This changes nothing" in words_of(emptied)


def test_the_boxes_of_what_was_entered_meanwhile_stay_beside_the_others(sessions, places, sign_in, entered):
    chair = sign_in("qiip.chair")
    typed = opened(chair) | {box(sessions): "290", said(sessions): WORDS, box(places): "500"}
    entered(sessions, 300)
    page = chair.post(URL, typed)
    form = page.context["form"]
    shown = [form[name].value() for name in (box(sessions), said(sessions), box(places))]
    assert shown == ["290", WORDS, "500"]
    assert any(CONFLICT in error for error in errors(page)), "told in the same round"
    answer = chair.post(URL, sent_by(form) | {box(sessions): "", said(sessions): ""})
    assert answer.status_code == 302
    assert sorted(one.counts for one in Reading.objects.all()) == [(300, None), (500, None)]


def test_of_an_agency_that_was_entered_meanwhile_the_box_stays(on_record, sign_in, entered):
    with on_record():
        measure = measure_of("qiip", by_agency=True, denominator="", first_day=MAY)
        one, two = Partner.objects.current_on(MAY)[:2]
        for partner in (one, two):
            MeasureAgency(measure=measure, partner=partner).save()
    chair = sign_in("qiip.chair")
    typed = opened(chair) | {box(measure, one): "29", box(measure, two): "50", said(measure): WORDS}
    entered(measure, 30, partner=one)
    page = chair.post(URL, typed)
    form = page.context["form"]
    assert "Somebody entered this meanwhile: 30." in form[box(measure, one)].errors[0]
    assert (form[box(measure, one)].value(), form[said(measure)].errors) == ("29", [])
    alone = chair.post(URL, typed | {box(measure, two): ""}).context["form"]
    assert alone[said(measure)].errors == [
        "The figure was entered meanwhile. Copy these words, and empty this box."
    ]
    answer = chair.post(URL, sent_by(form) | {box(measure, one): ""})
    assert answer.status_code == 302
    assert Reading.objects.get(partner=two).commentary == WORDS


def test_a_grid_that_is_sent_twice_is_recorded_once_and_says_so(sessions, sign_in):
    chair = sign_in("qiip.chair")
    typed = opened(chair) | {box(sessions): "290", said(sessions): WORDS}
    assert chair.post(URL, typed).status_code == 302
    again = chair.post(URL, typed, follow=True)
    assert "This was sent and recorded before" in words_of(again)
    assert Reading.objects.get().commentary == WORDS


def test_a_correction_keeps_what_was_typed_when_another_corrects_it_first(
    sessions, sign_in, entered, on_record, user
):
    first = entered(sessions, 300)
    url, chair = reverse("reading_correct", args=[first.pk]), sign_in("qiip.chair")
    typed = opened(chair, url) | {box(sessions): "290", "what_was_wrong": WORDS, "commentary": "As counted"}
    with on_record():
        second = read(sessions, user("business.manager"), MAY, 310, corrects=first, what_was_wrong="Ten more")
    page = chair.post(url, typed)
    assert page.status_code == 200
    form = page.context["form"]
    assert [form[name].value() for name in (box(sessions), "what_was_wrong")] == ["290", WORDS]
    assert "Business Manager corrected it meanwhile: 310." in words_of(page)
    assert reverse("reading_correct", args=[second.pk]) in html_of(page)
    assert Reading.objects.count() == 2


@pytest.mark.parametrize("others", [0, 1])
def test_what_was_typed_for_a_figure_that_is_asked_for_no_more_is_shown_to_be_copied(
    sessions, places, sign_in, entered, on_record, others
):
    if not others:
        entered(places, 500)
    chair = sign_in("qiip.chair")
    typed = opened(chair) | {box(sessions): "290", said(sessions): WORDS}
    with on_record():
        sessions.ended_on = MAY
        sessions.save()
    page = chair.post(URL, typed | ({box(places): "400"} if others else {}))
    told = words_of(page)
    assert f"It is not recorded. Copy what you need. 290 {WORDS}" in told
    assert any("is not asked for any more. Copy it" in error for error in errors(page))
    if others:
        assert chair.post(URL, sent_by(page.context["form"])).status_code == 302
        assert Reading.objects.get().counts == (400, None)


# ---------------------------------------------------------------- what counts as changed meanwhile


def test_what_was_done_about_measures_that_are_not_in_the_form_is_no_conflict(
    sessions, places, sign_in, entered
):
    stands, chair = entered(places, 500), sign_in("qiip.chair")
    typed = opened(chair) | {box(sessions): "290"}
    url = reverse("readings_confirm", args=["qiip"])
    assert chair.post(url, opened(chair, url)).status_code == 302
    stands.refresh_from_db()
    assert stands.confirmed_by_id, "confirmed while the form was open"
    assert chair.post(URL, typed).status_code == 302
    assert Reading.objects.filter(measure=sessions).exists()


def test_a_figure_of_another_period_is_no_conflict(sessions, it_is, sign_in, on_record, user):
    it_is(2021, 7, 1)
    chair = sign_in("qiip.chair")
    typed = opened(chair) | {box(sessions): "290"}
    with on_record():
        read(sessions, user("business.manager"), date(2021, 6, 1), 40)
    assert chair.post(URL, typed).status_code == 302


def test_a_measure_that_was_changed_meanwhile_is_told(sessions, sign_in, on_record):
    chair = sign_in("qiip.chair")
    typed = opened(chair) | {box(sessions): "290"}
    with on_record():
        sessions.definition = "Sessions of two hours or more"
        sessions.save()
    page = chair.post(URL, typed)
    assert any(CONFLICT in error for error in errors(page))
    assert "Sessions of two hours or more" in words_of(page)
    assert chair.post(URL, sent_by(page.context["form"])).status_code == 302


def test_a_small_number_and_what_was_changed_meanwhile_are_told_in_one_round(
    sessions, places, sign_in, entered
):
    chair = sign_in("qiip.chair")
    typed = opened(chair) | {box(sessions): "3"}
    entered(places, 500)
    page = chair.post(URL, typed)
    told = " ".join(errors(page))
    assert "can point at a child" in told and CONFLICT in told
    form = page.context["form"]
    assert chair.post(URL, sent_by(form) | {"small_confirmed": "on"}).status_code == 302


# ---------------------------------------------------------------- drafts


def test_there_is_one_draft_of_one_grid(sessions, sign_in):
    chair = sign_in("qiip.chair")
    chair.post(URL, opened(chair) | {box(sessions): "290", "save_draft": "1"})
    page = chair.get("/groups/qiip/scorecard/enter/", follow=True)
    assert page.redirect_chain == [(URL, 302)]
    assert page.context["form"][box(sessions)].value() == "290"


def test_a_draft_that_was_kept_at_the_address_without_a_month_is_still_there(sessions, sign_in):
    chair, url = sign_in("qiip.chair"), "/groups/qiip/scorecard/enter/"
    chair.post(url, opened(chair) | {box(sessions): "290", "save_draft": "1"})
    assert chair.get(url).context["form"][box(sessions)].value() == "290"
    assert chair.post(url, {"discard": "1"}).status_code == 302
    assert chair.get(url).url == URL


def test_the_first_page_names_a_draft_of_figures(sessions, sign_in):
    chair = sign_in("qiip.chair")
    assert "You started" not in words_of(chair.get("/due/"))
    chair.post(URL, opened(chair) | {box(sessions): "290", "save_draft": "1"})
    page = chair.get("/due/")
    assert "You started the figures of May 2021 . They are not recorded yet." in words_of(page)
    assert f'href="{URL}">the figures of May 2021' in html_of(page)
    assert "You started" not in words_of(sign_in("business.manager").get("/due/"))


@pytest.mark.parametrize("others", [0, 1])
def test_a_draft_of_a_figure_that_was_entered_since_is_in_view(sessions, places, sign_in, entered, others):
    chair = sign_in("qiip.chair")
    if not others:
        entered(places, 500)
    chair.post(URL, opened(chair) | {box(sessions): "290", said(sessions): WORDS, "save_draft": "1"})
    entered(sessions, 300)
    assert len(lines_to_enter(Group.objects.get(slug="qiip"))) == others
    page = chair.get(URL)
    form = page.context["form"]
    assert (form[box(sessions)].value(), form[said(sessions)].value()) == ("290", WORDS)
    assert 'value="290"' in html_of(page) and f"{WORDS}</textarea>" in html_of(page)
    assert "Entered meanwhile by Business Manager: 300" in words_of(page)
    assert chair.post(URL, {"discard": "1"}).status_code == 302
    assert not Draft.objects.exists()
    assert WORDS not in html_of(chair.get(URL, follow=True))
