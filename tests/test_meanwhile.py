"""Two people have the same form open: who sends second does not undo what the first one wrote."""

from datetime import date

import pytest

from actions.models import StrategicDriver
from gscp.record import TOMBSTONE
from subgroups.models import Audit, Group, MeasureAgency, Partner, TrainingEvent, TrainingPlaces
from tests import redacting
from tests.answers import sent_by, words_of
from tests.factories import ActionFactory, draft_plan, measure_of
from tests.redacting import text_of

# Once: what a form shows; that it reads the past on both databases is in tests/test_past.py.
ask, decide = redacting.ask, redacting.decide
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
LEFT = "A box that you left as it was now has what they wrote."


def day(name: str, *parts: int) -> dict[str, list[str]]:
    return {f"{name}-{part}": [str(one)] for part, one in zip(("day", "month", "year"), parts, strict=True)}


REASON = {"reason": ["As agreed"]}
HEALTH = "NHS Gloucestershire Clinical Commissioning Group"


@pytest.fixture
def address(on_record):
    """address("action") is that of a form that changes what it is about."""

    def address_of(what: str) -> str:
        if what == "action":
            with on_record():
                plan = draft_plan("2022-23")
                driver = StrategicDriver(plan=plan, kind="audit", text="The audit of front doors")
                driver.save()
                group = Group.objects.get(slug="qiip")
                action = ActionFactory(
                    plan=plan, driver=driver, group=group, ref="001", text="One front door"
                )
            return f"{action.get_absolute_url()}edit/"
        if what == "audit":
            with on_record():
                mash = Group.objects.get(slug="mash")
                audit = Audit(group=mash, focus="Contacts", planned_for=date(2021, 6, 1))
                audit.save()
            return f"/audits/{audit.pk}/"
        return {
            "meeting": "/meetings/management-group/2021-06-15/edit/",
            "partner": f"/partners/{Partner.objects.get(name=HEALTH).pk}/edit/",
            "group": "/groups/cem/edit/",
        }[what]

    return address_of


@pytest.mark.parametrize(
    ("what", "theirs", "mine"),
    [
        ("action", day("original_date", 15, 10, 2022), {"title": ["Front door"]}),
        ("action", {"title": ["Front door"]}, day("original_date", 15, 10, 2022)),
        ("action", {"priority": ["high"]}, {"text": ["Agree two front doors"]}),
        ("action", {"owners": ["2", "1"]}, {"text": ["Agree two front doors"]}),
        ("meeting", {"closing_time": ["4pm"]}, {"note": ["By video"]}),
        ("meeting", {"called_off": ["on"]}, {"note": ["By video"]}),
        ("partner", {"aliases": ["One\nAnother"]}, {"name": ["Health board"]}),
        ("audit", day("planned_for", 2, 6, 2021), {"focus": ["Police"]}),
    ],
)
def test_what_one_left_as_it_was_is_not_undone(what, theirs, mine, address, sign_in):
    url, manager = address(what), sign_in("business.manager")
    opened = sent_by(manager.get(url))
    assert manager.post(url, sent_by(manager.get(url)) | theirs | REASON).status_code == 302
    told = manager.post(url, opened | mine | REASON)
    assert LEFT in words_of(told)
    again = sent_by(told)
    assert again | mine == again, "what was typed stays"
    assert manager.post(url, again).status_code == 302
    now = sent_by(manager.get(url))
    assert now | theirs | mine == now


def test_what_the_page_showed_counts_though_something_else_changed_before_it_was_opened(on_record, sign_in):
    """An agency had a successor by then, which the page shows in its place."""
    first, second, third = Partner.objects.order_by("pk")
    with on_record():
        measure = measure_of("qiip", by_agency=True)
        MeasureAgency(measure=measure, partner=first).save()
    with on_record():
        later = Partner(name="A later one", kind=first.kind, started_on=date(2021, 4, 1))
        later.save()
        first.ended_on, first.succeeded_by = date(2021, 4, 1), later
        first.save()
    url, manager = f"/measures/{measure.pk}/edit/", sign_in("business.manager")
    opened = sent_by(manager.get(url))
    assert opened["agencies"] == [str(later.pk)]
    both = {"agencies": [str(later.pk), str(second.pk)]}
    assert manager.post(url, sent_by(manager.get(url)) | both | REASON).status_code == 302
    told = manager.post(url, opened | {"source": ["The register"]} | REASON)
    assert LEFT in words_of(told)
    assert manager.post(url, sent_by(told)).status_code == 302
    assert sorted(sent_by(manager.get(url))["agencies"]) == sorted(both["agencies"])


def test_what_both_changed_stays_as_the_second_one_typed_it(address, sign_in):
    url, manager = address("action"), sign_in("business.manager")
    opened = sent_by(manager.get(url))
    manager.post(url, sent_by(manager.get(url)) | {"title": ["One"]} | REASON)
    told = manager.post(url, opened | {"title": ["Another"]} | REASON)
    assert "Somebody changed this while you were writing." in words_of(told) and LEFT not in words_of(told)
    assert "One" in words_of(told), "what was recorded meanwhile is shown"
    assert sent_by(told)["title"] == ["Another"]


@pytest.mark.parametrize("what", ["number", "text"])
def test_what_was_taken_out_meanwhile_does_not_come_back(what, on_record, sign_in, ask, decide):
    """Though the page that is sent was opened before, and has it in a box."""
    with on_record():
        event = TrainingEvent(group=Group.objects.get(slug="qiip"), title="Neglect", held_on=date(2021, 4, 1))
        event.save()
        row = TrainingPlaces(event=event, partner=Partner.objects.first(), offered="40", booked="9")
        row.save()
    url, manager = f"/training/{event.pk}/", sign_in("business.manager")
    opened = sent_by(manager.get(url))
    ask(text_of(row, "booked") if what == "number" else text_of(event, "title"))
    decide()
    told = manager.post(url, opened | day("held_on", 31, 3, 2021) | REASON)
    assert "Somebody changed this while you were writing." in words_of(told)
    box = f"booked_{row.partner_id}" if what == "number" else "title"
    assert sent_by(told)[box] == [""]
    assert manager.post(url, sent_by(told)).status_code == 302
    row.refresh_from_db()
    event.refresh_from_db()
    assert (row.booked if what == "number" else event.title) == TOMBSTONE
    assert event.held_on == date(2021, 3, 31)
