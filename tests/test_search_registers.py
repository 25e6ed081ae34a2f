"""The search finds what stands in the registers, and all that a measure says of itself."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gscp import facts
from subgroups.models import Audit, Escalations, Group, Partner, TrainingCheck, TrainingEvent
from tests import test_search_all
from tests.answers import html_of, words_of
from tests.factories import measure_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("member")]
look, links = test_search_all.look, test_search_all.links
MAY = date(2021, 5, 1)


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def lines(on_record):
    """An audit, a training, a check and escalations."""
    with on_record():
        mash, qiip, resolution = (Group.objects.get(slug=slug) for slug in ("mash", "qiip", "resolution"))
        one, other = Partner.objects.all()[:2]
        made = (
            Audit(
                group=mash,
                focus="Zebras at the door",
                planned_for=MAY,
                done_on=MAY,
                sample_size="40",
                findings="Giraffes came late",
            ),
            TrainingEvent(
                group=qiip,
                title="Okapis in school",
                held_on=MAY,
                impact_on=date(2021, 5, 20),
                impact_asked="40",
                impact_shown="30",
                impact_said="Lemurs are noticed earlier",
            ),
            TrainingCheck(
                group=qiip,
                training="Walrus basics",
                checked_on=MAY,
                result="meets",
                found="Tapirs were missing",
            ),
            Escalations(
                group=resolution,
                month=MAY,
                stage="first",
                theme="Pelicans shared late",
                raised_by=one,
                raised_with=other,
                count="7",
                days="70",
            ),
        )
        for line in made:
            line.save()
        return made


def test_each_text_of_a_register_is_found_and_leads_to_its_line(look, lines):
    audit, event, check, escalations = lines
    for word, kind, address, said in (
        ("zebras", "audits", f"/groups/mash/register/#audit-{audit.pk}", "Audit: Zebras at the door"),
        ("giraffes", "audits", f"/groups/mash/register/#audit-{audit.pk}", "What it found: “"),
        ("okapis", "training", f"/groups/qiip/register/#training-{event.pk}", "Training: Okapis"),
        ("lemurs", "training", f"/groups/qiip/register/#training-{event.pk}", "What was said of impact: “"),
        ("walrus", "checks", f"/groups/qiip/register/#check-{check.pk}", "Check of training: Walrus"),
        ("tapirs", "checks", f"/groups/qiip/register/#check-{check.pk}", "What was found: “"),
        (
            "pelicans",
            "escalations",
            f"/groups/resolution/register/#escalations-{escalations.pk}",
            "Escalations: Pelicans",
        ),
    ):
        answer = look(word)
        assert links(answer) == [address], word
        assert f'id="{kind}"' in html_of(answer) and said in words_of(answer), word
    assert "Register of the Resolution Group, May 2021" in words_of(look("pelicans"))
    assert links(look("mash zebras")) == [f"/groups/mash/register/#audit-{audit.pk}"]


def test_the_line_that_a_result_leads_to_is_on_the_page(look, lines, sign_in):
    for word in ("zebras", "okapis", "walrus", "pelicans"):
        page, place = links(look(word))[0].split("#")
        assert f'id="{place}"' in html_of(sign_in("scrutineer").get(page)), word


def test_what_a_measure_counts_out_of_what_in_which_unit_and_from_where_is_found(look, on_record):
    with on_record():
        share = measure_of("qiip", numerator="ibises", denominator="all the herons", source="Log of toucans")
        count = measure_of("qiip", name="Days to wait", numerator="days", denominator="", unit="fortnights")
    for word, measure, why in (
        ("ibises", share, "What is counted: “"),
        ("herons", share, "Out of what: “"),
        ("toucans", share, "Where figures come from: “"),
        ("fortnights", count, "Unit: “"),
    ):
        answer = look(word)
        assert links(answer) == [measure.get_absolute_url()] and why in words_of(answer), word


def test_as_at_a_moment_a_register_is_searched_as_it_stood(look, lines, on_record, it_is):
    it_is(2021, 6, 7)
    with on_record():
        lines[0].focus = "Badgers at the door"
        lines[0].save()
    assert links(look("zebras")) == []
    then = "/scrutiny/as-at/2021-06-02"
    assert links(look("zebras", then=then))[0].startswith(f"{then}/groups/mash/register/")


def test_any_number_of_lines_takes_the_same_queries(lines, on_record, sign_in):
    reader = sign_in("scrutineer")

    def queries() -> int:
        facts.kept.clear()
        with CaptureQueriesContext(connection) as captured:
            assert reader.get("/search/", {"q": "o"}).status_code == 200
        return len(captured)

    few = queries()
    with on_record():
        for number in range(8):
            Audit(group=lines[0].group, focus=f"At the door {number}", planned_for=MAY).save()
            TrainingEvent(group=lines[1].group, title=f"At school {number}", held_on=MAY).save()
    assert queries() == few
