"""Partners and the partners that succeed them: every day has the name of its time."""

from contextlib import nullcontext
from datetime import date
from itertools import pairwise

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gscp import facts
from gscp.record import Change
from subgroups.models import Partner
from tests.answers import said
from tests.conftest import AGENDA
from tests.partnership import QIIP_CHAIR, UPDATE, day_of, filled
from tests.test_register import refs
from tests.test_update import GOOD

# Once: successions are walked in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
CCG, ICB = "NHS Gloucestershire Clinical Commissioning Group", "NHS Gloucestershire Integrated Care Board"


@pytest.fixture
def succession(manager, send):
    """The CCG's place passes to the ICB on 1 July 2022, as the Business Manager records it."""
    url = f"/partners/{Partner.objects.get(name=CCG).pk}/succession/"

    def recorded(name=ICB, aliases="ICB", day=(1, 7, 2022)):
        typed = day_of("started_on", *day) | {"name": name, "aliases": aliases}
        return send(manager, url, reason="Health and Care Act 2022", **typed)

    return recorded


def test_a_succession_is_one_act_and_every_day_has_its_name(succession, sign_in, send, action, it_is):
    assert succession().url == "/partners/"
    made, moved = Change.objects.filter(act=Change.objects.last().act).with_texts()
    assert made.created and made.object_in_words == ICB
    assert [d["new"] for d in moved.compared()] == ["1 July 2022", ICB]
    send(sign_in("qiip.chair"), UPDATE, **GOOD)
    it_is(2022, 6, 30)
    reader = sign_in("scrutineer")
    for url in ("/posts/", "/plans/2021-22/actions/006/"):
        assert CCG in said(reader.get(url)) and ICB not in said(reader.get(url))
    it_is(2022, 7, 1)
    send(sign_in("qiip.chair"), UPDATE, **GOOD | {"done": "Briefed under the new name"})
    assert ICB in said(reader.get("/posts/")) and CCG not in said(reader.get("/posts/"))
    assert f"{QIIP_CHAIR}, {ICB}</a>" in said(reader.get("/plans/2021-22/actions/006/"))
    later, earlier = action("006").updates.all()
    assert earlier.change.actor_post_in_words == f"{QIIP_CHAIR}, {CCG}"
    assert later.change.actor_post_in_words == f"{QIIP_CHAIR}, {ICB}"
    page = said(reader.get("/partners/"))
    assert f"succeeded by {ICB} on 1 July 2022" in page
    assert 'data-label="Until">30 June 2022<' in page


@pytest.mark.run_in("sqlite", "postgresql")  # looking back
def test_a_succession_rewrites_nothing_that_points_to_the_old_partner(succession, post, action):
    succession()
    old, new = Partner.objects.get(name=CCG), Partner.objects.get(name=ICB)
    assert post(QIIP_CHAIR).partner == old
    assert action("006").ownerships.get().partner == old
    assert (old.ended_on, new.started_on, new.kind) == (date(2022, 7, 1), date(2022, 7, 1), old.kind)


@pytest.mark.parametrize("words", ["CCG", "icb", "Integrated+Care+Board", "Clinical+Commissioning", "Joint"])
@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of search
def test_search_finds_an_owner_by_any_name_in_its_line(words, succession, sign_in, on_record):
    succession()
    with on_record():
        Partner.objects.get(name=ICB).be_succeeded_by(Partner(name="Joint Board"), date(2027, 4, 1))
    assert refs(sign_in("scrutineer").get(f"/plans/2021-22/?text={words}")) == ["001", "006"]


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of search
def test_search_passes_over_an_ownership_that_has_ended(sign_in, action, on_record):
    with on_record():
        ownership = action("006").ownerships.get()
        ownership.ended_on = date(2021, 4, 1)
        ownership.save()
    assert refs(sign_in("scrutineer").get("/plans/2021-22/?text=CCG")) == ["001"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"day": (1, 4, 2021)}, "itself began on 1 April 2021"),
        ({"day": ()}, "Fill in “From”."),
        ({"day": (1, 7, 2202)}, "Check the year."),
        ({"name": "gloucestershire ccg", "aliases": ""}, "cannot take its own place"),
        (
            {"name": "Gloucestershire constabulary", "aliases": ""},
            "Gloucestershire Constabulary is of another kind",
        ),
        ({"name": "Gloucestershire constabulary"}, "is there already: add them on its own page"),
        ({"aliases": "ICB\n  Gloucestershire constabulary"}, "is taken"),
        ({"name": ""}, "Fill in “Name of the successor”."),
    ],
)
def test_what_is_no_succession(typed, message, succession):
    before = Change.objects.last_number()
    assert message in said(succession(**typed))
    assert Change.objects.last_number() == before


def test_what_is_succeeded_is_succeeded_once(succession, manager, on_record):
    succession()
    old = Partner.objects.get(name=CCG)
    before = Change.objects.last_number()
    page = manager.post(f"/partners/{old.pk}/succession/", {"name": "Another"}, follow=True)
    assert f"has a successor: {ICB}" in said(page)
    with pytest.raises(Exception, match="has a successor already"), on_record():
        old.be_succeeded_by(Partner(name="Another"), date(2023, 4, 1))
    assert Change.objects.last_number() == before
    assert "started_on-day" not in said(manager.get(f"/partners/{old.succeeded_by.pk}/edit/"))


def test_the_list_of_posts_costs_no_more_after_two_successions(sign_in, on_record, it_is):
    reader = sign_in("scrutineer")
    counts = []
    for successor, on in ((ICB, date(2022, 7, 1)), ("Joint Board", date(2023, 4, 1)), (None, None)):
        facts.kept.clear()
        with CaptureQueriesContext(connection) as queries:
            page = said(reader.get("/posts/"))
        counts.append(len(queries))
        if successor:
            with on_record():
                Partner.objects.get(kind="health", succeeded_by=None).be_succeeded_by(
                    Partner(name=successor), on
                )
            it_is(on.year, on.month, on.day)
    assert "Joint Board" in page
    assert len(set(counts)) == 1


@pytest.fixture
def trusts(on_record):
    """Three partners of the other kind, from 1 April 2021, by their first letter."""

    def recorded(name, *started_on):
        with on_record():
            trust = Partner(name=f"{name} Trust", kind="other", started_on=date(*started_on or (2021, 4, 1)))
            trust.save()
        return trust

    return [recorded("Barnwood"), recorded("Severn"), recorded("Wye", 2021, 6, 1)]


def test_a_partner_merges_into_one_there_is_already(trusts, manager, send):
    barnwood, severn, _ = trusts
    url, to_severn = f"/partners/{barnwood.pk}/succession/", {"name": "severn trust", "reason": "Merged"}
    typed = to_severn | day_of("started_on", 1, 7, 2022)
    assert send(manager, url, **typed).status_code == 302
    barnwood, severn = Partner.objects.get(pk=barnwood.pk), Partner.objects.get(pk=severn.pk)
    assert severn.started_on == date(2021, 4, 1) and severn.predecessors.get() == barnwood
    assert barnwood.successor_on(date(2022, 6, 30)) == barnwood
    assert barnwood.successor_on(date(2022, 7, 1)) == severn
    assert "succeeded by Severn Trust on 1 July 2022" in said(manager.get("/partners/"))
    back = day_of("started_on", 1, 7, 2023) | {"name": "Barnwood Trust", "reason": "Merged"}
    assert "cannot take its own place" in said(send(manager, f"/partners/{severn.pk}/succession/", **back))


def test_a_partner_gives_way_to_none_that_is_not_there_on_the_day(trusts, manager, send):
    barnwood, _, wye = trusts
    typed = {"name": wye.name, "reason": "Merged"} | day_of("started_on", 31, 5, 2021)
    page = send(manager, f"/partners/{barnwood.pk}/succession/", **typed)
    assert "Wye Trust is no partner on 31 May 2021." in said(page)


def test_the_day_of_a_succession_is_corrected_in_both_partners_at_once(succession, manager, send):
    succession()
    old = Partner.objects.get(name=CCG)
    url, typed = (
        f"/partners/{old.pk}/edit/",
        filled(manager.get(f"/partners/{old.pk}/edit/")) | {"reason": "A slip"},
    )
    assert send(manager, url, **typed | day_of("ended_on", 1, 8, 2022)).status_code == 302
    old = Partner.objects.get(name=CCG)
    assert old.ended_on == old.succeeded_by.started_on == date(2022, 8, 1)
    changes = Change.objects.filter(act=Change.objects.last().act).with_texts()
    assert [(c.object_in_words, c.reason) for c in changes] == [(ICB, "A slip"), (CCG, "A slip")]
    assert "itself began on" in said(send(manager, url, **typed | day_of("ended_on", 1, 4, 2021)))
    assert "Fill in" in said(send(manager, url, **typed | day_of("ended_on")))


def test_whose_place_two_took_begins_with_the_first_of_them(trusts, on_record):
    barnwood, severn, _ = trusts
    joint = Partner(name="Joint Trust")
    with on_record():
        barnwood.be_succeeded_by(joint, date(2022, 7, 1))
        severn.be_succeeded_by(joint, date(2022, 7, 1))
        barnwood.set_succession_date(joint, date(2022, 8, 1))
    assert (joint.started_on, severn.ended_on) == (date(2022, 7, 1), date(2022, 7, 1))


@pytest.mark.parametrize("kind", Partner.Kind.values)
def test_there_may_be_several_partners_of_a_kind(kind, manager, send):
    for name in ("Northern", "Southern"):
        typed = {"name": f"{name} partner", "kind": kind, "reason": "Agreed"}
        assert send(manager, "/partners/new/", **typed, **day_of("started_on", 1, 4, 2021)).status_code == 302
    assert Partner.objects.filter(kind=kind, ended_on=None).count() >= 2


@pytest.mark.parametrize("through", [0, 1])
def test_a_partner_that_succeeds_itself_is_refused_and_would_be_no_loop(through, trusts, on_record):
    barnwood, severn, _ = trusts
    line = [barnwood, severn][: through + 1]
    last, day = line[-1], date(2022, 7, 1)
    with on_record():
        for earlier, later in pairwise(line):
            earlier.be_succeeded_by(later, day)
    with pytest.raises(ValidationError, match="cannot take its own place"), on_record():
        last.succeeded_by, last.ended_on = Partner.objects.get(pk=barnwood.pk), date(2022, 8, 1)
        last.save()
    # As if a row had been changed past the application.
    last.succeeded_by, last.ended_on = barnwood, date(2022, 8, 1)
    assert barnwood.successor_on(date(2022, 9, 1)) == last


def test_a_succession_stays_of_one_kind(succession, on_record):
    succession()
    for name in (CCG, ICB):
        partner = Partner.objects.get(name=name)
        with pytest.raises(ValidationError, match="kind"), on_record():
            partner.kind = "other"
            partner.save()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"started_on": date(2021, 6, 16)},
            "was present at the Management Group, 15 June 2021.",
        ),
        ({"ended_on": date(2021, 6, 15)}, "was present at the Management Group, 15 June 2021."),
        ({"started_on": date(2021, 6, 15)}, ""),
        ({"ended_on": date(2021, 6, 16)}, ""),
    ],
)
def test_a_partner_was_one_on_the_days_it_was_present(changed, message, attend, it_is, on_record):
    it_is(2021, 6, 15)
    attend(AGENDA, "police", "health")
    for kind, refused in (("police", message), ("council", "")):  # the council was absent
        partner = Partner.objects.get(kind=kind)
        vars(partner).update(changed)
        with pytest.raises(ValidationError, match=refused) if refused else nullcontext(), on_record():
            partner.save()


def test_a_merger_is_not_put_off_past_a_meeting_at_which_it_counted(trusts, attend, it_is, on_record):
    """The rule names Barnwood, and Severn was present in its place."""
    barnwood, severn, _ = trusts
    with on_record():
        barnwood.be_succeeded_by(severn, date(2021, 6, 1))
    it_is(2021, 6, 15)
    attend(AGENDA, "other")
    with pytest.raises(ValidationError, match="Severn Trust was present at"), on_record():
        barnwood.set_succession_date(severn, date(2021, 6, 16))
    barnwood = Partner.objects.get(pk=barnwood.pk)
    with on_record():
        barnwood.set_succession_date(severn, date(2021, 6, 15))


def test_the_next_of_a_kind_may_be_recorded_first_and_succeed_then(manager, send):
    ccg, first = Partner.objects.get(name=CCG), day_of("started_on", 1, 7, 2022)
    url = f"/partners/{ccg.pk}/edit/"
    send(manager, url, **filled(manager.get(url)) | day_of("ended_on", 1, 7, 2022) | {"reason": "Closes"})
    added = send(manager, "/partners/new/", name=ICB, kind="health", reason="Opens", **first)
    assert added.status_code == 302
    assert (
        send(manager, f"/partners/{ccg.pk}/succession/", name=ICB, reason="Succeeds", **first).status_code
        == 302
    )
    assert Partner.objects.get(name=CCG).successor_on(date(2022, 7, 1)).name == ICB
