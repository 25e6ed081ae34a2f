"""What the grid of figures refuses says of which measure and agency it is."""

from datetime import date

import pytest
from django.urls import reverse

from subgroups.models import MeasureAgency, Partner, Reading
from tests.answers import html_of, words_of
from tests.conftest import form_of
from tests.factories import measure_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
MAY = date(2021, 5, 1)


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def enter(sign_in):
    def entered(**boxes):
        client, url = sign_in("qiip.chair"), reverse("readings_of_month", args=["qiip", "2021-05"])
        return client.post(url, form_of(client.get(url)) | boxes)

    return entered


def summary(page) -> str:
    text = words_of(page)
    return text[text.index("There is a problem") : text.index("Enter figures", text.index("There is a"))]


def test_each_error_at_the_top_names_its_measure_and_agency(on_record, enter):
    one, other = Partner.objects.all()[:2]
    with on_record():
        share = measure_of("qiip", by_agency=True, first_day=MAY)
        for partner in (one, other):
            MeasureAgency(measure=share, partner=partner).save()
        count = measure_of("qiip", name="Sessions held", denominator="", unit="sessions", first_day=MAY)
    page = enter(
        **{f"count_{share.pk}_{partner.pk}": "40" for partner in (one, other)},
        **{f"whole_{share.pk}_{partner.pk}": "30" for partner in (one, other)},
        **{f"count_{count.pk}_all": "6.5"},
    )
    said = summary(page)
    for agency in (one, other):
        assert f"Places taken up, {agency}: 40 is more than 30." in said
    assert "Sessions held: “6.5” is no whole number: write one" in said
    assert html_of(page).count(">40 is more than 30.<") == 0
    assert "Error: 40 is more than 30." in words_of(page), "beside its box, whose row names it"


@pytest.mark.parametrize("typed", [("x", "n/a"), ("n/a", "not supplied"), ("[z]", "[x]")])
@pytest.mark.run_in("sqlite")  # reading boxes
def test_two_answers_that_contradict_each_other_are_refused(on_record, enter, typed):
    with on_record():
        share = measure_of("qiip", first_day=MAY)
    boxes = {f"count_{share.pk}_all": typed[0], f"whole_{share.pk}_all": typed[1]}
    page = enter(**boxes)
    assert page.status_code == 200 and not Reading.objects.exists()
    assert "Places taken up: Enter a number, or say that none was supplied." in summary(page)
    assert enter(**boxes | {f"whole_{share.pk}_all": typed[0]}).status_code == 302
    assert Reading.objects.get().answer in ("not_supplied", "not_applicable")
