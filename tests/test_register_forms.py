"""The forms of registers: each count is kept as a figure, and comes back into its box."""

from datetime import date

import pytest
from django.db import IntegrityError
from django.urls import reverse

from actions.forms.small_numbers import SMALL_ASKED
from gscp.record import TOMBSTONE
from subgroups.models import Audit, Group, Partner, TrainingEvent, TrainingPlaces
from tests import redacting
from tests.answers import words_of
from tests.conftest import form_of
from tests.redacting import text_of

pytestmark = pytest.mark.django_db
ask, decide = redacting.ask, redacting.decide
REGISTER = reverse("register", args=["qiip"])


@pytest.fixture(autouse=True)
def in_june(member, it_is):
    it_is(2021, 6, 1)


@pytest.fixture
def one():
    return Partner.objects.order_by("pk").first()


def day(name: str, day: int, month: int) -> dict[str, str]:
    return {f"{name}-day": str(day), f"{name}-month": str(month), f"{name}-year": "2021"}


def confirmed(page) -> dict[str, str]:
    """What is sent after the question whether a small number points at somebody."""
    assert SMALL_ASKED in words_of(page)
    return form_of(page) | {"small_confirmed": "on"}


def test_an_audit_its_results_and_a_count_that_was_taken_out(one, sign_in, send, ask, decide):
    chair = sign_in("qiip.chair")
    typed = {"focus": "Neglect"} | day("planned_for", 1, 5)
    assert send(chair, reverse("audits_new", args=["qiip"]), **typed).status_code == 302
    audit = Audit.objects.get()
    edit = reverse("audits_edit", args=[audit.pk])
    found = typed | day("done_on", 20, 5) | {"reason": "It was done", "findings": "Most were right"}
    counts = {f"right_{one.pk}": "7", f"wrong_{one.pk}": "0"}
    page = words_of(send(chair, edit, **found, **counts))
    assert "Say how many cases were looked at." in page
    page = words_of(send(chair, edit, **found, **counts, sample_size="6"))
    assert "Right and wrong are more than the 6 that were looked at." in page
    assert send(chair, edit, **found, **counts, sample_size="1204").status_code == 302
    audit.refresh_from_db()
    result = audit.results.get()
    assert (audit.sample_size, result.right, result.wrong) == ("1204", "7", "0")
    assert "1,204 cases" in words_of(chair.get(REGISTER))
    form = chair.get(edit).context["form"]
    assert (form["sample_size"].value(), form[f"wrong_{one.pk}"].value()) == ("1204", "0")
    ask(text_of(audit, "sample_size"))
    decide()
    audit.refresh_from_db()
    assert audit.sample_size == TOMBSTONE and chair.get(edit).context["form"]["sample_size"].value() == ""
    assert "taken out of the record" in words_of(chair.get(REGISTER))


def test_training_and_what_difference_it_made(one, sign_in, send):
    chair = sign_in("qiip.chair")
    typed = {"title": "Neglect", f"offered_{one.pk}": "40", f"booked_{one.pk}": "9"} | day("held_on", 1, 4)
    more = typed | {f"attended_{one.pk}": "10"}
    page = words_of(send(chair, reverse("training_new", args=["qiip"]), **more))
    assert "More attended than had booked." in page, "as numbers, not as texts"
    assert send(chair, reverse("training_new", args=["qiip"]), **typed).status_code == 302
    event = TrainingEvent.objects.get()
    places = event.places.get()
    assert (places.offered, places.booked, places.attended, places.not_attended) == ("40", "9", "", None)
    more = typed | {f"attended_{one.pk}": "0", "reason": "It was held"}
    assert send(chair, reverse("training_edit", args=[event.pk]), **more).status_code == 302
    assert "40 offered, 9 booked, 0 attended, 9 did not" in words_of(chair.get(REGISTER))
    impact = reverse("training_impact", args=[event.pk])
    asked = day("impact_on", 20, 5) | {"impact_asked": "9", "impact_shown": "10"}
    assert "Those are more than were asked." in words_of(send(chair, impact, **asked))
    assert send(chair, impact, **asked | {"impact_shown": "8"}).status_code == 302
    assert "8 of 9 could show impact" in words_of(chair.get(REGISTER))


def test_escalations_come_back_into_their_boxes(sign_in, send):
    chair, (one, other) = sign_in("qiip.chair"), Partner.objects.order_by("pk")[:2]
    typed = {"stage": "first", "theme": "Thresholds", "raised_by": one.pk, "raised_with": other.pk}
    typed |= {"count": "3", "days": "40"} | day("month", 20, 4)
    sent = confirmed(send(chair, reverse("escalations_new", args=["qiip"]), **typed))
    assert chair.post(reverse("escalations_new", args=["qiip"]), typed | sent).status_code == 302
    line = Group.objects.get(slug="qiip").escalations.get()
    assert (line.count, line.days, line.month) == ("3", "40", date(2021, 4, 1))
    form = chair.get(reverse("escalations_edit", args=[line.pk])).context["form"]
    assert (form["count"].value(), form["days"].value()) == ("3", "40")


@pytest.mark.run_in("sqlite")  # what a form compares
def test_a_box_that_stands_as_it_was_changed_nothing(one, on_record, sign_in, send):
    with on_record():
        event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=date(2021, 4, 1))
        event.save()
        TrainingPlaces(event=event, partner=one, offered="40", booked="9").save()
    form = sign_in("qiip.chair").get(reverse("training_edit", args=[event.pk])).context["form"]
    box = form.fields[f"offered_{one.pk}"]
    assert not box.has_changed("40", "40") and box.has_changed("40", "41") and box.has_changed("", "0")


def test_impact_is_asked_of_somebody(on_record):
    event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=date(2021, 4, 1))
    event.impact_on, event.impact_shown = date(2021, 5, 20), "3"
    with pytest.raises(IntegrityError, match="impact_is_asked_of_somebody"), on_record():
        event.save()
