"""The filter of the register: its words, its owners, its order; and filters that cannot be read."""

import re
from datetime import date

import pytest

from actions import search
from actions.models import Action, Milestone
from gscp.words import folded
from subgroups.models import Partner
from tests.answers import words_of
from tests.test_register import REGISTER, refs

pytestmark = pytest.mark.django_db


@pytest.fixture
def looked_for(sign_in):
    """The actions that the register finds by these words."""
    return lambda words: refs(sign_in("scrutineer").get(REGISTER, {"text": words}))


@pytest.mark.parametrize("typed", ["OLA's", "OLA’s", "ola‘S", "placed OLAʼs"])
def test_quotes_are_found_however_they_are_typed(looked_for, typed):
    assert looked_for(typed) == ["001"], "which was published as OLA’s"


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Read by ÉLODIE’s team", "élodie's"),
        ("Read by élodie", "ÉLODIE"),
        ("Read by Elodie", "élodie"),
        ("Read by E\u0301lodie", "elodie"),
        ("Die Straße", "STRASSE"),
        ("co\u00adordinated", "coordinated"),
        ("follow–up", "follow-up"),
        ("50% of 3_4", "0% 3_4"),
    ],
)
def test_words_are_found_without_case_accents_and_kinds_of_signs(report, looked_for, written, typed):
    assert looked_for(typed) == []
    report("005", rating="green", done=written)
    assert looked_for(typed) == ["005"]


def test_databases_and_folded_agree_on_every_sign(on_record, action):
    """Each of these stands in a text of its own; what is found is what folded() says."""
    signs = [chr(code) for code in [*range(32, 0x180), 0x3B1, 0x416, 0x2019, 0x2013, 0x212A] if code != 127]
    with on_record():
        milestones = [Milestone(action=action("004"), text=f"xq{sign}qx") for sign in signs]
        for milestone in milestones:
            milestone.save()
    held = {folded(f"xq{sign}qx") for sign in signs}
    for word in sorted(word for text in held for word in text.split()):
        found = Action.objects.filter(search.has_word(word)).values_list("ref", flat=True)
        assert list(found) == ["004"], word
    for sign in "?%_\\'":
        assert not Action.objects.filter(search.has_word(f"xq{sign}{sign}qx"))


def test_a_word_in_any_number_of_actions_is_few_values_of_a_statement(monkeypatch, db):
    first = Action.objects.order_by("pk")[0].pk
    texts = tuple((row, row, "élan") for row in range(first, first + 40_000))
    monkeypatch.setattr(search, "other_texts", lambda place: texts)
    for word in ("élan", "an"):
        found = Action.objects.filter(search.has_word(word))
        assert set(found) == set(Action.objects.all())
        assert len(found.query.sql_with_params()[1]) < 100
    assert not Action.objects.filter(search.has_word("éternel"))


def test_what_people_typed_is_found_and_the_page_says_where(
    sign_in, send, report, reported_to, looked_for, it_is
):
    it_is(2021, 6, 7)
    report("005", rating="amber", reason="Two zebras left", done="Met the giraffes", difference="None yet")
    reported_to("006", cause="No pelicans")
    it_is(2021, 6, 9)
    for word, ref, where in (
        ("giraffes", "005", "Update of 7 June 2021: “Met the giraffes”"),
        ("zebras", "005", "Update of 7 June 2021: “Two zebras left”"),
        ("pelicans", "006", "Asked on 7 June 2021, exception report: “No pelicans”"),
    ):
        page = words_of(sign_in("scrutineer").get(REGISTER, {"text": word}))
        assert looked_for(word) == [ref] and where in page
    page = words_of(sign_in("scrutineer").get(REGISTER, {"text": "strategy"}))
    assert "Update of" not in page, "what was published needs no word of where it stands"


@pytest.fixture
def reported_to(sign_in, send):
    def asked(ref, **typed):
        words = {"what": "Late", "effect": "They wait", "recovery": "Ask", "asked_for": "A lead"} | typed
        answer = send(sign_in("qiip.chair"), f"{REGISTER}actions/{ref}/exception/", **words)
        assert answer.status_code == 302

    return asked


def test_a_piece_of_a_long_text_shows_the_word_that_was_found():
    text = " ".join(["before"] * 40 + ["Élodie’s"] + ["after"] * 40)
    piece = search.piece_of(text, {"elodie's"})
    assert piece.startswith("… before") and "Élodie’s" in piece and piece.endswith("after …")
    assert len(piece.split()) < 25


UNREADABLE = [
    (f"{REGISTER}?colour=red", "This page cannot be filtered by “colour”: choose below."),
    (f"{REGISTER}?rating=purple", "Choose “Rating” from its list."),
    (f"{REGISTER}?page=x", "This address names no page: follow the link to it again."),
    (f"{REGISTER}?sort=x", "This address names no column to sort by"),
    (f"{REGISTER}?owner=99", "Choose “Owning partner” from its list."),
    (f"{REGISTER}glance/?colour=red", "This page cannot be filtered by “colour”: choose below."),
    ("/exceptions/found/?colour=red", "This page cannot be filtered by “colour”: choose below."),
    ("/exceptions/found/?rule=x", "Choose “Why it is here” from its list."),
    ("/exceptions/reports/?colour=red", "This page cannot be filtered by “colour”: choose below."),
    ("/exceptions/reports/?page=x", "This address names no page: follow the link to it again."),
    ("/scrutiny/changes/?colour=red", "This page cannot be filtered by “colour”: choose below."),
]


@pytest.mark.parametrize(("address", "words"), UNREADABLE)
@pytest.mark.run_in("sqlite")  # it asks no database
def test_a_filter_that_cannot_be_read_says_so_and_shows_nothing(sign_in, address, words):
    page = words_of(sign_in("business.manager").get(address))
    assert "There is a problem" in page and words in page
    assert "Nothing is shown until the filter is put right." in page
    assert "005" not in page


def test_an_owner_that_was_succeeded_finds_what_its_successor_owns_and_the_other_way_round(
    sign_in, action, on_record, it_is
):
    reader, old = sign_in("scrutineer"), action("006").ownerships.get().partner
    new = Partner(name="NHS Gloucestershire Integrated Care Board")
    with on_record():
        old.be_succeeded_by(new, date(2022, 7, 1))
        ended = action("006").ownerships.get()
        ended.ended_on = "2022-08-01"
        ended.save()
        own(action("006"), new)

    def found(partner):
        return refs(reader.get(f"{REGISTER}?owner={partner.pk}"))

    for day in ((2021, 9, 1), (2022, 9, 1)):
        it_is(*day)
        assert found(old) == (["001", "006"] if day[0] == 2022 else ["001"])
        assert found(new) == ["001", "006"], "also before the day on which it begins"
    page = reader.get(f"{REGISTER}?owner={old.pk}").content.decode()
    assert re.search(rf'<option value="{new.pk}" selected>{new.name}', page)


def own(action, partner):
    action.ownerships.model(action=action, partner=partner).save()


def order(response):
    return re.findall(r'/actions/(\w+)/(?:\?[^"]*)?">\w', response.content.decode())


def test_the_columns_sort_by_the_links_in_their_headings(sign_in, report, on_record, action):
    for ref, rating in (("003", "red"), ("005", "amber"), ("004", "green")):
        report(ref, rating=rating)
    with on_record():
        for ref, day in (("002", "2021-09-30"), ("005", "2021-06-01"), ("006", "2021-07-01")):
            dated = action(ref)
            dated.original_date = day
            dated.save()
    reader = sign_in("scrutineer")
    for sort, expected in (
        ("", "001 002 003 004 005 006"),
        ("-ref", "006 005 004 003 002 001"),
        ("rating", "003 005 004 001 002 006"),
        ("-rating", "004 005 003 001 002 006"),
        ("priority", "002 004 005 001 003 006"),
        ("status", "001 002 006 003 004 005"),
    ):
        assert " ".join(order(reader.get(f"{REGISTER}?sort={sort}"))) == expected, sort
    due = order(reader.get(f"{REGISTER}?sort=due"))
    assert due.index("005") < due.index("006") < due.index("002") < due.index("003"), "none comes last"
    assert order(reader.get(f"{REGISTER}?sort=-due"))[-1] in ("003", "004")


def test_an_order_is_kept_with_the_filter_and_words_of(sign_in):
    reader = sign_in("scrutineer")
    page = reader.get(f"{REGISTER}?priority=medium&sort=due").content.decode()
    assert re.search(r'aria-sort="ascending"><a [^>]*href="\?priority=medium&amp;sort=-due">Due', page)
    assert page.count('aria-sort="none"') == 4
    assert '<input type="hidden" name="sort" value="due"' in page, "the filter's button keeps it"
    page = reader.get(f"{REGISTER}?priority=medium&sort=-due").content.decode()
    assert re.search(r'aria-sort="descending"><a [^>]*href="\?priority=medium&amp;sort=due">Due', page)


def test_the_register_says_how_late_an_action_is(sign_in, on_record, action, it_is):
    it_is(2021, 9, 8)
    with on_record():
        late, done = action("005"), action("006")
        late.original_date = done.original_date = "2021-07-02"
        done.status = "complete"
        late.save()
        done.save()
    page = words_of(sign_in("scrutineer").get(REGISTER))
    assert page.count("days late") == 1 and "2 Jul 2021 68 days late" in page
    it_is(2021, 7, 3)
    assert "2 Jul 2021 1 day late" in words_of(sign_in("scrutineer").get(REGISTER))
