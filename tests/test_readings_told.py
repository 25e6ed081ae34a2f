"""What pages say of figures: who confirms them, what a correction changed, and of which month they are."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from subgroups.models import MeasureAgency, Partner, Reading
from tests.answers import html_of, sent_by, words_of
from tests.factories import measure_of, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
APRIL, MAY = date(2021, 4, 1), date(2021, 5, 1)
CARD = "/groups/qiip/scorecard/"
CONFIRM = f"{CARD}confirm/"


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def measure(on_record):
    with on_record():
        return measure_of("qiip", first_day=MAY)


@pytest.fixture
def entered(on_record, user, measure):
    """By whom, and what: entered("qiip.chair", 40, 80)."""

    def enter(name, *counts, **columns):
        with on_record():
            return read(measure, user(name), MAY, *counts, **columns)

    return enter


def box(measure, name="count"):
    return f"{name}_{measure.pk}_all"


# ---------------------------------------------------------------- who confirms


def test_the_chair_is_told_of_figures_to_confirm_and_who_entered_them_is_not(entered, sign_in):
    entered("business.manager", 40, 80)
    page = sign_in("qiip.chair").get("/due/")
    assert (
        "1 figure or change to confirm on the scorecard of the QiiP Subgroup Somebody else entered it."
        in words_of(page)
    )
    assert f'href="{CONFIRM}"' in html_of(page)
    assert "to confirm on the scorecard" not in words_of(sign_in("cem.chair").get("/due/")), (
        "of another group"
    )


def test_who_entered_a_figure_is_not_asked_to_confirm_it(entered, sign_in):
    entered("qiip.chair", 40, 80)
    assert "to confirm on the scorecard" not in words_of(sign_in("qiip.chair").get("/due/"))


def test_the_business_manager_is_told_which_figures_wait_to_be_confirmed(entered, manager, sign_in):
    assert "Figures to be confirmed" not in words_of(manager.get("/missing/"))
    reading = entered("qiip.chair", 40, 80)
    page = manager.get("/missing/")
    assert "Figures to be confirmed 1 figure or change of the QiiP Subgroup" in words_of(page)
    assert "Confirm figures and changes : 1 figure or change of the QiiP Subgroup" in words_of(page)
    assert f'href="{CONFIRM}"' in html_of(page)
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    reading.refresh_from_db()
    assert reading.confirmed_by
    assert "Figures to be confirmed" not in words_of(manager.get("/missing/"))


def test_of_their_own_figures_the_business_manager_is_told_whom_to_ask(entered, manager):
    entered("business.manager", 40, 80)
    page = manager.get("/missing/")
    assert "Ask somebody else with a post of the QiiP Subgroup to confirm." in words_of(page)
    assert f'href="{CONFIRM}"' not in html_of(page)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("qiip.chair", "The Business Manager, or somebody else with a post of the QiiP Subgroup, confirms"),
        ("business.manager", "Somebody who holds a post of the QiiP Subgroup confirms"),
    ],
)
def test_once_it_is_recorded_the_page_names_who_confirms_it(measure, sign_in, name, told):
    client, url = sign_in(name), f"{CARD}enter/2021-05/"
    typed = {box(measure): "40", box(measure, "whole"): "80"}
    assert f"Recorded. {told} what you entered." in words_of(
        client.post(url, sent_by(client.get(url)) | typed, follow=True)
    )


def test_the_page_of_a_measure_leads_to_confirming_its_figures(entered, measure, sign_in):
    entered("business.manager", 40, 80)
    links = {
        name: html_of(sign_in(name).get(measure.get_absolute_url())) for name in ("qiip.chair", "cem.chair")
    }
    assert f'Not confirmed yet <a class="govuk-link" href="{CONFIRM}">Confirm it' in links["qiip.chair"]
    assert "Not confirmed yet" in links["cem.chair"] and CONFIRM not in links["cem.chair"]
    assert CONFIRM not in html_of(sign_in("business.manager").get(measure.get_absolute_url())), (
        "it is their own"
    )


# ---------------------------------------------------------------- corrections


def correct(client, reading, **typed):
    url = reverse("reading_correct", args=[reading.pk])
    form = client.get(url).context["form"]
    stands = {name: form[name].value() or "" for name in form.fields if name != "confirmed"}
    return client.post(url, stands | {"what_was_wrong": "Two were left out"} | typed, follow=True)


def test_a_correction_begins_with_what_stands_and_keeps_its_words(entered, measure, sign_in):
    reading, client = entered("qiip.chair", 40, 80, commentary="As usual"), sign_in("qiip.chair")
    page = client.get(reverse("reading_correct", args=[reading.pk]))
    form = page.context["form"]
    shown = [form[name].value() for name in (box(measure), box(measure, "whole"), "commentary")]
    assert shown == ["40", "80", "As usual"]
    assert 'value="40"' in html_of(page) and "As usual</textarea>" in html_of(page)
    correct(client, reading, **{box(measure): "42"})
    second = Reading.objects.get(corrects=reading)
    assert (second.counts, second.commentary) == ((42, 80), "As usual")


@pytest.mark.parametrize(("answer", "shown"), [("not_supplied", "not supplied"), ("not_applicable", "n/a")])
def test_a_correction_of_an_answer_begins_with_it(entered, measure, sign_in, answer, shown):
    reading = entered("qiip.chair", answer=answer)
    form = sign_in("qiip.chair").get(reverse("reading_correct", args=[reading.pk])).context["form"]
    assert form[box(measure)].value() == shown


def test_the_numbers_of_a_correction_are_not_called_optional(entered, measure, sign_in):
    reading = entered("qiip.chair", 40, 80)
    page = words_of(sign_in("qiip.chair").get(reverse("reading_correct", args=[reading.pk])))
    assert "places attended (optional)" not in page and "places offered (optional)" not in page
    assert "What it says (optional)" in page


def test_a_correction_that_changes_nothing_is_refused(entered, measure, sign_in):
    reading, client = entered("qiip.chair", 40, 80, commentary="As usual"), sign_in("qiip.chair")
    assert "This changes nothing, so there is nothing to record." in words_of(correct(client, reading))
    assert Reading.objects.count() == 1
    assert "Corrected." in words_of(correct(client, reading, commentary="One hall was closed"))
    assert Reading.objects.count() == 2


def test_who_confirms_a_correction_sees_what_it_corrects(entered, measure, sign_in, manager):
    reading = entered("qiip.chair", 40, 80, commentary="As usual")
    correct(sign_in("qiip.chair"), reading, **{box(measure): "60", "commentary": "Busy"})
    page = words_of(manager.get(CONFIRM))
    assert "75.0% (60 of 80) “Busy” This is a correction. Before: 50.0% (40 of 80), “As usual”" in page
    assert "What was wrong: “Two were left out”" in page


# ---------------------------------------------------------------- months


def test_a_month_that_is_not_over_is_told_so(measure, sign_in):
    chair = sign_in("qiip.chair")
    for month, named in [("2021-06", "June 2021"), ("2022-03", "March 2022")]:
        page = chair.get(f"{CARD}enter/{month}/", follow=True)
        assert page.redirect_chain == [(CARD, 302)]
        assert f"{named} is not over yet. Its figures are entered after its end." in words_of(page)
        for address in (CARD, "/scorecards/"):
            page = words_of(chair.get(f"{address}?month={month}"))
            assert f"{named} is not over yet: these are the figures of May 2021." in page
    assert "is not over yet" not in words_of(chair.get(f"{CARD}?month=2021-05"))


@pytest.mark.parametrize("month", ["0001-01", "1-1", "1899-12", "2021-13", "0-1", "99999-1"])
def test_a_month_that_cannot_be_is_not_found(measure, sign_in, month):
    client = sign_in("qiip.chair")
    for address in ("/scorecards/", CARD, f"{CARD}export.csv", "/scorecards/export.csv"):
        assert client.get(f"{address}?month={month}").status_code == 404


def test_the_first_month_that_is_found_has_a_page(measure, sign_in):
    for address in ("/scorecards/", CARD):
        assert sign_in("qiip.chair").get(f"{address}?month=1900-01").status_code == 200


def test_nothing_left_to_enter_is_said_of_that_month_alone(entered, measure, on_record, sign_in):
    entered("qiip.chair", 40, 80)
    page = words_of(sign_in("qiip.chair").get(f"{CARD}enter/2021-05/", follow=True))
    assert "For May 2021 there is no figure left to enter." in page
    assert "from the register" not in page
    with on_record():
        measure_of(
            "qiip", name="Impact shown", first_day=APRIL, frequency="month", origin="impact", by_agency=False
        )
    page = words_of(sign_in("qiip.chair").get(f"{CARD}enter/2021-05/", follow=True))
    assert "no figure left to enter. What comes from the register is entered there." in page


def test_figures_to_enter_stand_apart_from_the_day_they_are_due(measure, sign_in):
    page = html_of(sign_in("qiip.chair").get("/due/"))
    assert 'QiiP Subgroup</a><br><span class="gscp-note">Due by 14 June 2021</span>' in page


# ---------------------------------------------------------------- an agency that was taken out of a measure


def test_figures_of_an_agency_that_was_taken_out_are_confirmed_and_corrected(
    on_record, user, manager, sign_in
):
    with on_record():
        measure = measure_of("qiip", by_agency=True, first_day=MAY)
        agencies = list(Partner.objects.current_on(MAY)[:2])
        rows = [MeasureAgency(measure=measure, partner=partner) for partner in agencies]
        for row in rows:
            row.save()
        for partner in agencies:
            read(measure, user("qiip.chair"), MAY, 40, 80, partner=partner)
    with on_record():
        rows[0].ended_on = MAY
        rows[0].save()
    assert manager.post(CONFIRM, sent_by(manager.get(CONFIRM))).status_code == 302
    assert not Reading.objects.filter(confirmed_by=None).exists()
    reading, name = Reading.objects.get(partner=agencies[0]), f"count_{measure.pk}_{agencies[0].pk}"
    assert "Corrected." in words_of(correct(sign_in("qiip.chair"), reading, **{name: "42"}))


# ---------------------------------------------------------------- of a post that supplies one measure


def test_who_supplies_one_measure_enters_that_alone_and_for_nobody_else(on_record, user, sign_in, send):
    post = user("cem.member").posts[0]
    with on_record():
        mine = measure_of("cem", name="Mine", first_day=MAY, supplied_by=post)
        of_chair = measure_of("cem", name="Of the chair", first_day=MAY)
    member, grid = sign_in("cem.member"), "/groups/cem/scorecard/enter/2021-05/"
    assert "1 figure to enter for the scorecard of the Child Exploitation" in words_of(member.get("/due/"))
    fields = member.get(grid).context["form"].fields
    assert box(mine) in fields and box(of_chair) not in fields
    typed = {box(mine): "40", box(mine, "whole"): "80", box(of_chair): "41", box(of_chair, "whole"): "80"}
    assert "is not asked for any more" in words_of(send(member, grid, **typed))
    own = {name: text for name, text in typed.items() if name in fields}
    assert send(member, grid, **own).status_code == 302
    reading = Reading.objects.get()
    assert reading.measure == mine and not reading.on_behalf
    assert "to enter for the scorecard" not in words_of(sign_in("qiip.chair").get("/due/"))


def test_a_total_of_agencies_is_not_entered(on_record, user):
    with on_record():
        measure = measure_of("qiip", first_day=MAY, by_agency=True)
        MeasureAgency(measure=measure, partner=Partner.objects.first()).save()
    with on_record(), pytest.raises(ValidationError, match="A total is worked out"):
        read(measure, user("qiip.chair"), MAY, 40, 80)
