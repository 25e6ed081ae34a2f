"""The forms of registers: each count is kept as a figure, and comes back into its box."""

import hashlib
from datetime import date

import pytest
from django.db import IntegrityError
from django.http import QueryDict
from django.urls import reverse

from actions.forms.small_numbers import SMALL_ASKED
from actions.forms.training import TrainingForm
from gscp.record import TOMBSTONE
from subgroups.models import Audit, Group, Partner, TrainingEvent, TrainingPlaces
from tests import redacting
from tests.answers import sent_by, words_of
from tests.conftest import form_of
from tests.factories import measure_of, read
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


def day(name: str, day: int, month: int, year: int = 2021) -> dict[str, str]:
    return {f"{name}-day": str(day), f"{name}-month": str(month), f"{name}-year": str(year)}


@pytest.fixture
def training(one, on_record):
    """Of 1 April 2021; one agency has been offered 40 places and booked 9."""
    with on_record():
        event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=date(2021, 4, 1))
        event.save()
        TrainingPlaces(event=event, partner=one, offered="40", booked="9").save()
    return event


def as_recorded(event: TrainingEvent, **typed: str) -> dict[str, str]:
    """What the form of a training holds, and this."""
    held = day("held_on", event.held_on.day, event.held_on.month, event.held_on.year)
    boxes = {
        f"{name}_{row.partner_id}": getattr(row, name)
        for row in event.places.all()
        for name in ("offered", "booked", "attended")
    }
    return {"title": event.title, "reason": "It was held"} | held | boxes | typed


@pytest.fixture
def succession(on_record, it_is):
    """The CCG and the board that took its place on 1 July 2022, on the 10th."""
    it_is(2022, 7, 10)
    ccg, board = Partner.objects.get(kind="health"), Partner(name="NHS Integrated Care Board")
    with on_record():
        ccg.be_succeeded_by(board, date(2022, 7, 1))
    return ccg, board


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
    said = found | {"findings": "Most were right, as last time"}
    assert send(chair, edit, **said, **counts).status_code == 302, "a line without a figure is kept up"
    audit.refresh_from_db()
    assert audit.sample_size == TOMBSTONE


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
    nobody = day("impact_on", 20, 5) | {"impact_asked": "9", "impact_shown": "8"}
    assert "Those are more than the 0 who attended." in words_of(send(chair, impact, **nobody))
    assert send(chair, impact, **nobody | {"impact_asked": "0", "impact_shown": "0"}).status_code == 302
    assert "0 of 0 could show impact" in words_of(chair.get(REGISTER))
    more = typed | {f"attended_{one.pk}": "9", "reason": "A slip"}
    assert send(chair, reverse("training_edit", args=[event.pk]), **more).status_code == 302
    assert "0 of 0 could show impact" not in words_of(chair.get(REGISTER)), "it was not called off"
    assert "Record impact" in words_of(chair.get(REGISTER))
    called_off = nobody | {"impact_asked": "0", "impact_shown": "0", "reason": "Again"}
    assert "9 attended, so it was not called off." in words_of(send(chair, impact, **called_off))
    asked = day("impact_on", 20, 5) | {"impact_asked": "9", "impact_shown": "10", "reason": "They were asked"}
    assert "Those are more than were asked." in words_of(send(chair, impact, **asked))
    for no_number in ("", "x"):
        page = send(chair, impact, **asked | {"impact_asked": "3", "impact_shown": no_number})
        assert page.context["form"].errors.keys() >= {"impact_asked", "impact_shown"}
    page = send(chair, impact, **asked | {"impact_shown": "8"})
    assert "is from 1 to 5. It can point at a child" in words_of(page), "one of nine could show none"
    assert chair.post(impact, asked | {"impact_shown": "8"} | confirmed(page)).status_code == 302
    fewer = typed | {f"attended_{one.pk}": "7", "reason": "A slip"}
    edit = reverse("training_edit", args=[event.pk])
    assert "9 were asked about impact: no fewer attended." in words_of(send(chair, edit, **fewer))
    assert (
        send(chair, edit, **fewer | {f"attended_{one.pk}": "9", "title": "Neglect again"}).status_code == 302
    )
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
def test_a_box_that_stands_as_it_was_changed_nothing(one, training, sign_in, send):
    form = sign_in("qiip.chair").get(reverse("training_edit", args=[training.pk])).context["form"]
    box = form.fields[f"offered_{one.pk}"]
    assert not box.has_changed("40", "40") and box.has_changed("40", "41") and box.has_changed("", "0")


def test_impact_is_asked_of_somebody(on_record):
    event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=date(2021, 4, 1))
    event.impact_on, event.impact_shown = date(2021, 5, 20), "3"
    with pytest.raises(IntegrityError, match="impact_is_asked_of_somebody"), on_record():
        event.save()


def test_the_partners_of_a_training_are_those_of_its_day(succession, sign_in, send):
    ccg, board = succession
    chair, new = sign_in("qiip.chair"), reverse("training_new", args=["qiip"])
    form = chair.get(new).context["form"]
    assert f"offered_{board.pk}" in form.fields and f"offered_{ccg.pk}" not in form.fields
    of_june = {"title": "Neglect"} | day("held_on", 20, 6, 2022)
    numbers = {"offered": "40", "booked": "30", "attended": "20"}
    of_board = {f"{name}_{board.pk}": number for name, number in numbers.items()}
    page = send(chair, new, **of_june, **of_board)
    assert f"Also a partner on 20 June 2022: {ccg}." in words_of(page)
    assert f"{board} was no partner on 20 June 2022: leave its numbers empty." in words_of(page)
    assert page.context["form"][f"offered_{board.pk}"].value() == "40", "what was typed is not lost"
    of_ccg = {f"{name}_{ccg.pk}": number for name, number in numbers.items()}
    assert chair.post(new, form_of(page) | of_june | of_ccg).status_code == 302
    event = TrainingEvent.objects.get()
    assert [(row.partner, row.attended) for row in event.places.all()] == [(ccg, "20")]
    form = chair.get(reverse("training_edit", args=[event.pk])).context["form"]
    assert f"offered_{ccg.pk}" in form.fields and f"offered_{board.pk}" not in form.fields
    moved = as_recorded(event) | day("held_on", 5, 7, 2022)
    page = send(chair, reverse("training_edit", args=[event.pk]), **moved)
    assert f"Also a partner on 5 July 2022: {board}." in words_of(page)
    sent = form_of(page) | moved
    assert chair.post(reverse("training_edit", args=[event.pk]), sent).status_code == 302


def test_a_training_on_a_day_before_its_agency_was_a_partner(succession, sign_in, send, on_record):
    _, board = succession
    with on_record():
        event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=date(2022, 7, 5))
        event.save()
        TrainingPlaces(event=event, partner=board, offered="40", booked="30", attended="20").save()
    chair, edit = sign_in("qiip.chair"), reverse("training_edit", args=[event.pk])
    moved = as_recorded(event) | day("held_on", 20, 6, 2022)
    page = send(chair, edit, **moved)
    assert f"{board} was no partner yet on 20 June 2022: write 0 for its numbers." in words_of(page)
    nought = {f"{name}_{board.pk}": "0" for name in ("offered", "booked", "attended")}
    assert chair.post(edit, form_of(page) | moved | nought).status_code == 302


def test_what_came_back_is_offered_with_the_agencies_of_its_day(succession, user):
    ccg, board = succession
    event = TrainingEvent(group=Group.objects.get(slug="qiip"))
    form = TrainingForm(subject=event, user=user("qiip.chair"))
    typed = QueryDict(mutable=True)
    typed.update({"title": "Neglect", f"offered_{ccg.pk}": "40"} | day("held_on", 20, 6, 2022))
    form.fill(typed)
    assert form[f"offered_{ccg.pk}"].value() == "40"
    assert str(ccg.pk) in form["offered"].value().split()


def test_escalations_and_checks_are_of_partners_of_their_day(succession, sign_in, send):
    ccg, board = succession
    other = Partner.objects.get(kind="police")
    chair, new = sign_in("qiip.chair"), reverse("escalations_new", args=["qiip"])
    typed = {"stage": "first", "theme": "Thresholds", "raised_by": board.pk, "raised_with": other.pk}
    typed |= {"count": "13", "days": "40"} | day("month", 20, 6, 2022)
    assert f"{board} was no partner in June 2022." in words_of(send(chair, new, **typed))
    assert send(chair, new, **typed | {"raised_by": ccg.pk}).status_code == 302
    check = {"training": "Neglect", "result": "meets", "found": "It is good", "partner": ccg.pk}
    new = reverse("training-checks_new", args=["qiip"])
    page = words_of(send(chair, new, **check, **day("checked_on", 5, 7, 2022)))
    assert f"{ccg} was no partner on 5 July 2022." in page
    assert send(chair, new, **check, **day("checked_on", 5, 6, 2022)).status_code == 302


def test_numbers_of_an_agency_are_not_cleared(one, training, sign_in, send):
    chair, edit = sign_in("qiip.chair"), reverse("training_edit", args=[training.pk])
    empty = dict.fromkeys((f"offered_{one.pk}", f"booked_{one.pk}"), "")
    page = words_of(send(chair, edit, **as_recorded(training) | empty))
    assert f"{one} has numbers on record: write 0 rather than leave them empty." in page
    page = words_of(send(chair, edit, **as_recorded(training) | dict.fromkeys(empty, "x")))
    assert "has numbers on record" not in page, "they are no numbers, and nobody left them empty"
    nought = dict.fromkeys(empty, "0")
    assert send(chair, edit, **as_recorded(training) | nought).status_code == 302
    assert training.places.get().offered == "0"


def test_a_number_that_was_taken_out_stays_so_while_its_box_is_empty(
    one, training, sign_in, send, ask, decide
):
    ask(text_of(training.places.get(), "booked"))
    decide()
    chair, edit = sign_in("qiip.chair"), reverse("training_edit", args=[training.pk])
    typed = as_recorded(training) | {"title": "Neglect again", f"booked_{one.pk}": ""}
    page = send(chair, edit, **typed)
    assert page.status_code == 302, page.context["form"].errors
    assert training.places.get().booked == TOMBSTONE
    assert send(chair, edit, **typed | {f"booked_{one.pk}": "12"}).status_code == 302
    assert training.places.get().booked == "12"


def test_numbers_that_somebody_else_changed_meanwhile_are_read_first(one, training, sign_in, on_record):
    chair, edit = sign_in("qiip.chair"), reverse("training_edit", args=[training.pk])
    opened = form_of(chair.get(edit)) | as_recorded(training, title="Neglect again")
    with on_record():
        row = training.places.get()
        row.booked = "30"
        row.save()
    assert "Somebody changed this while you were writing." in words_of(chair.post(edit, opened))
    assert training.places.get().booked == "30"


def test_a_training_is_not_moved_past_the_day_on_which_its_impact_was_asked_about(
    training, on_record, sign_in, send
):
    with on_record():
        training.impact_on, training.impact_asked, training.impact_shown = date(2021, 5, 20), "9", "8"
        training.save()
    moved = as_recorded(training) | day("held_on", 21, 5)
    page = send(sign_in("qiip.chair"), reverse("training_edit", args=[training.pk]), **moved)
    assert page.status_code == 200
    assert "Impact on: That is before the training was held." in words_of(page)


def test_a_measure_with_readings_keeps_to_one_figure(one, on_record, user, sign_in, send):
    with on_record():
        measure = measure_of("qiip")
        read(measure, user("qiip.chair"), date(2021, 4, 1), 60, 80)
    chair, edit = sign_in("qiip.chair"), reverse("measure_edit", args=[measure.pk])
    names = ("name", "definition", "numerator", "denominator", "better", "frequency", "origin", "source")
    typed = {name: getattr(measure, name) for name in names} | day("first_day", 1, 4, 2020)
    typed |= {
        "is_share": "share",
        "days_to_supply": "14",
        "agencies": one.pk,
        "reason": "It is by agency now",
    }
    page = send(chair, edit, **typed)
    assert page.status_code == 200
    said = "Figures were asked for already, with one figure for all"
    assert said in words_of(page)


def test_findings_say_when_the_audit_was_done(sign_in, send):
    typed = {"focus": "Neglect", "findings": "Most were right"} | day("planned_for", 1, 5)
    page = words_of(send(sign_in("qiip.chair"), reverse("audits_new", args=["qiip"]), **typed))
    assert "Say when it was done, or leave the rest empty." in page and "Constraint" not in page


def test_small_numbers_of_a_register_are_asked_about_once(one, training, sign_in, send):
    chair, edit = sign_in("qiip.chair"), reverse("training_edit", args=[training.pk])
    typed = as_recorded(training) | {f"attended_{one.pk}": "4"}
    page = send(chair, edit, **typed)
    assert f"{one}: who attended: This number, or what is left of the whole without it" in words_of(page)
    names = list(page.context["form"].fields)
    assert names.index("small_confirmed") > names.index(f"attended_{one.pk}"), "it is confirmed below"
    sent = typed | confirmed(page)
    other = chair.post(edit, sent | {f"attended_{one.pk}": "3"})
    assert SMALL_ASKED in words_of(other), "another number is asked about anew"
    assert chair.post(edit, sent).status_code == 302
    assert training.places.get().attended == "4"
    places = training.places.get()
    left = as_recorded(training) | {f"attended_{one.pk}": str(int(places.offered) - 3)}
    page = send(chair, edit, **left)
    assert SMALL_ASKED in words_of(page), "three places were left"
    again = as_recorded(training, title="Neglect again")
    assert send(chair, edit, **again).status_code == 302, "one on record was asked about before"
    impact = day("impact_on", 20, 5) | {"impact_asked": "9", "impact_shown": "2"}
    page = send(chair, reverse("training_impact", args=[training.pk]), **impact)
    assert SMALL_ASKED in words_of(page)
    audit = {"focus": "Neglect", "sample_size": "5"} | day("planned_for", 1, 5) | day("done_on", 20, 5)
    assert SMALL_ASKED in words_of(send(chair, reverse("audits_new", args=["qiip"]), **audit))


def test_a_register_and_the_measures_worked_out_from_it_lead_to_each_other(on_record, sign_in):
    with on_record():
        group = Group.objects.get(slug="qiip")
        measures = [
            measure_of("qiip", name=f"Of {one}", origin=one) for one in ("audits", "access", "impact")
        ]
        to_come = measure_of("qiip", name="Of 2022", origin="audits", first_day=date(2022, 4, 1))
        supplied = measure_of("qiip", name="On time", origin="supplied")
        Audit(group=group, focus="Neglect", planned_for=date(2021, 5, 1)).save()
        done = {"planned_for": date(2021, 5, 1), "done_on": date(2021, 5, 1), "sample_size": "20"}
        Audit(group=group, focus="Harm", **done).save()
        TrainingEvent(group=group, title="Neglect", held_on=date(2021, 4, 1)).save()
    reader = sign_in("scrutineer")
    assert "It has no lines yet." in words_of(reader.get(reverse("register", args=["mash"])))
    page = reader.get(REGISTER)
    assert "It has no lines yet." not in words_of(page)
    for measure in (*measures, to_come):
        assert measure.get_absolute_url() in page.content.decode()
        assert f'href="{REGISTER}"' in reader.get(measure.get_absolute_url()).content.decode()
    words = words_of(page)
    assert words.count("No findings written down") == words.count("Not counted") == 1, (
        "of the one that is done"
    )
    assert "No numbers yet" in words
    page = reader.get(supplied.get_absolute_url()).content.decode()
    assert f'href="{REGISTER}"' not in page


@pytest.mark.parametrize("typed", ["1_0", "٣٠", "１２", "1 0", "-", "50%", "1,06"])
def test_a_number_is_read_as_on_scorecards_and_a_slip_is_refused(sign_in, typed):
    chair, new = sign_in("qiip.chair"), reverse("training_new", args=["qiip"])
    box = f"offered_{Partner.objects.first().pk}"
    day = {"held_on-day": "10", "held_on-month": "4", "held_on-year": "2021"}
    page = chair.post(new, sent_by(chair.get(new)) | day | {"title": "Neglect", box: typed})
    assert box in page.context["form"].errors and page.context["form"][box].value() == typed
    booked = box.replace("offered", "booked")
    typed = day | {"title": "Neglect", box: "1,204", booked: "1204.0"}
    assert chair.post(new, sent_by(chair.get(new)) | typed).status_code == 302
    places = TrainingPlaces.objects.get()
    assert (places.offered, places.booked) == ("1204", "1204")


def test_digits_that_nobody_typed_are_no_number_of_a_person(sign_in):
    """What a form keeps in a hidden field is a digest; of these small numbers it holds such a run."""
    chair, new = sign_in("qiip.chair"), reverse("training_new", args=["qiip"])
    digest = hashlib.sha256(repr([("right_3", "5"), ("wrong_1", "3")]).encode()).hexdigest()
    assert "0509004180" in digest, "as an NHS number is"
    typed = {"title": "Neglect", "held_on-day": "10", "held_on-month": "4", "held_on-year": "2021"}
    page = chair.post(new, sent_by(chair.get(new)) | typed | {"numbers_shown": digest})
    assert page.status_code == 302, words_of(page)
