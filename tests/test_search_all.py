"""The search in every page's head: what it finds of each kind, why, in all years, as at a moment."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from actions import hits
from actions.models import Action, BusinessPlan, ProgressUpdate, Review
from gscp import facts
from subgroups.models import Meeting, Partner, Post
from tests import redacting, test_mended_updates, test_plan_decisions
from tests.answers import html_of, words_of
from tests.redacting import text_of
from tests.test_register import REGISTER

pytestmark = pytest.mark.django_db
adopted, draft, june = test_plan_decisions.adopted, test_plan_decisions.draft, test_plan_decisions.june
correct = test_mended_updates.correct
reported, ask, consent = redacting.reported, redacting.ask, redacting.decide
ICB = "NHS Gloucestershire Integrated Care Board"


@pytest.fixture
def look(sign_in):
    """look("training"): the page of results, as words."""

    def looked(words, by="scrutineer", then="", **others):
        answer = sign_in(by).get(f"{then}/search/", {"q": words} | others)
        assert answer.status_code == 200
        return answer

    return looked


def links(answer) -> list[str]:
    """Where the results lead."""
    return re.findall(r'gscp-result">\s*<a class="govuk-link" href="([^"]*)"', answer.content.decode())


def test_every_page_has_the_search_and_it_keeps_the_words(sign_in, client):
    reader = sign_in("qiip.chair")
    for page in (REGISTER, f"{REGISTER}actions/005/", "/help/", f"{REGISTER}actions/006/update/"):
        html = reader.get(page).content.decode()
        assert 'role="search" method="get" action="/search/"' in html, page
    assert 'name="q" type="search" placeholder="Search" value="&lt;b&gt;"' in html_of_q(reader, "<b>")
    assert 'role="search"' not in client.get("/sign-in/").content.decode()


def html_of_q(reader, words):
    return reader.get("/search/", {"q": words}).content.decode()


@pytest.mark.parametrize("empty", ["", "  ", "\u200b"])
def test_without_words_it_says_what_can_be_looked_for(look, empty):
    page = words_of(look(empty))
    assert "Type one or more words above." in page and "result" not in page


@pytest.mark.parametrize("typed", ["OLA's", "ola‘S", "OLAʼs"])
def test_quotes_and_case_make_no_difference(look, typed):
    answer = look(typed)
    assert links(answer) == [f"{REGISTER}actions/001/"]
    assert "Placed by <mark>OLA’s</mark> in" in html_of(answer)


@pytest.mark.parametrize(
    ("written", "typed"), [("Señora ÉLODIE", "senora"), ("Senora", "SEÑORA"), ("É", "e\u0301")]
)
def test_accents_make_no_difference(look, report, written, typed):
    report("005", rating="green", done=f"Met {written} twice")
    found = links(look(typed, kind="updates"))
    assert found == [f"{REGISTER}actions/005/#progress"]


def test_what_is_found_of_each_kind_says_why(look, report, asked, decide, attend, it_is):
    it_is(2021, 6, 7)
    report(
        "006", "Two zebras left", rating="amber", done="Met the giraffes in Cheltenham", difference="None yet"
    )
    reported = asked()
    it_is(2021, 6, 15)
    attend("/meetings/management-group/2021-06-15/", "council", "police", "health")
    decide("refuse", reported, reason="Ask the pelicans first")
    for words, kind, address, why in (
        ("giraffes", "updates", f"{REGISTER}actions/006/#progress", "What was done: “Met the giraffes in"),
        ("zebras", "updates", f"{REGISTER}actions/006/#progress", "Reason: “Two zebras left”"),
        (
            "lead agencies",
            "requests",
            f"/exceptions/{reported.pk}/",
            "What is off plan: “Two agencies have no lead ”",
        ),
        ("pelicans", "decisions", f"/exceptions/{reported.pk}/", "Reason: “Ask the pelicans first”"),
        (
            "15 June management",
            "meetings",
            "/meetings/management-group/2021-06-15/",
            "Management Group, 15 June",
        ),
        ("qiip chair", "posts", None, "QiiP Subgroup Chair"),
        ("constabulary", "partners", None, "Gloucestershire Constabulary"),
        ("resolution", "groups", "/groups/resolution/", "Resolution Group"),
        ("2021-22", "plans", REGISTER, "Business Plan 2021-22"),
    ):
        answer = look(words)
        heading = f'id="{kind}"'
        assert heading in answer.content.decode(), words
        assert why in words_of(answer), words
        assert address is None or address in links(answer), words
    assert "At the Management Group, 15 June 2021" in words_of(look("pelicans"))


def test_each_kind_of_request_calls_its_texts_as_its_own_form_does(look, send, sign_in):
    words = {"what": "Pangolins lead", "evidence": "https://paper.example/1", "impact": "Okapis feel safer"}
    assert send(sign_in("cem.chair"), f"{REGISTER}actions/005/completion/", **words).status_code == 302
    assert "What was achieved: “<mark>Pangolins</mark> lead”" in html_of(look("pangolins"))
    assert "What difference it made for children: “<mark>Okapis</mark> feel safer”" in html_of(look("okapis"))


def test_what_is_filed_under_an_action_is_shown_by_its_own_words(look, report):
    report("006", rating="green", done="Two courses of training were held")
    answer = look("training", kind="updates")
    assert "on Action 006: Develop and Stabilise Multi Agency Training" in words_of(answer)
    assert "What was done: “Two courses of <mark>training</mark> were held”" in html_of(answer)


def test_a_number_comes_first_and_a_title_before_other_words(look):
    assert links(look("005"))[0] == f"{REGISTER}actions/005/"
    found = links(look("training", kind="actions"))
    assert found[0] == f"{REGISTER}actions/006/"
    assert links(look("zebra training")) == []


def test_of_several_words_some_may_be_those_of_the_action(look, report):
    report("005", rating="green", done="Met the giraffes")
    report("006", rating="green", done="Met the giraffes too")
    assert links(look("005 giraffes", kind="updates")) == [f"{REGISTER}actions/005/#progress"]
    assert links(look("giraffes training", kind="updates")) == [f"{REGISTER}actions/006/#progress"]
    assert links(look("training", kind="updates")) == [], "a word of the action alone finds the action"


def test_all_years_are_looked_through(look, on_record, action):
    with on_record():
        old = action("005")
        plan = BusinessPlan(
            label="2019-20", title="Old", first_day="2019-04-01", last_day="2020-03-31", status="live",
            green_means="g", amber_means="a", red_means="r",
        )  # fmt: skip
        plan.save()
        driver = old.driver.__class__(plan=plan, kind="audit", text="An audit of long ago")
        driver.save()
        Action(
            plan=plan, ref="7", title="Zebra crossings", text="Paint them", who="All", driver=driver,
            group=old.group, status="withdrawn",
        ).save()  # fmt: skip
        plan.status = "closed"
        plan.save()
    answer = look("zebra")
    assert links(answer) == ["/plans/2019-20/actions/7/"]
    assert "Business Plan 2019-20, withdrawn" in words_of(answer)
    assert links(look("2019-20 zebra")) == ["/plans/2019-20/actions/7/"]


def test_a_successor_s_name_finds_what_its_predecessor_owned_and_the_other_way_round(
    look, on_record, action, it_is
):
    old = action("006").ownerships.get().partner
    with on_record():
        new = Partner(name=ICB)
        old.be_succeeded_by(new, date(2022, 7, 1))
    it_is(2022, 9, 1)
    owned = [f"{REGISTER}actions/001/", f"{REGISTER}actions/006/"]
    for name in ("Integrated Care", "NHS Clinical Commissioning"):
        answer = look(name)
        assert set(owned) <= set(links(answer)), name
        assert {f"/partners/{old.pk}/", f"/partners/{new.pk}/"} <= set(links(answer)), name
        post = Post.objects.get(name="QiiP Subgroup Chair")
        assert post.get_absolute_url() in links(answer), name
    why = (
        "Owning partner: “… or after it: NHS Gloucestershire Integrated <mark>Care</mark> <mark>Board</mark>”"
    )
    assert why in html_of(look("Care Board"))


def test_what_a_review_found_is_shown(look, on_record, action):
    with on_record():
        Review(action=action("006"), found="A zebra crossing", next_on=date(2022, 1, 1)).save()
    answer = look("zebra")
    assert links(answer) == [f"{REGISTER}actions/006/"]
    assert "What a review found: “A <mark>zebra</mark> crossing”" in html_of(answer)


def test_a_draft_is_seen_as_one(look, draft):
    page = words_of(look("2022-23"))
    assert "Business Plan 2022-23 Draft" in page
    assert "Business Plan 2022-23, a draft, not started" in words_of(look("something 2022-23"))


def test_what_a_meeting_decided_about_a_plan_is_found(look, adopted):
    answer = look("drafted", kind="plan_decisions")
    assert links(answer) == [adopted.get_absolute_url()]
    assert "Reason: “Adopted as <mark>drafted</mark>”" in html_of(answer)
    assert "At the Management Group, 15 June 2021: not in force" in words_of(answer)


def test_an_update_leads_to_the_page_that_shows_it_however_many_were_corrected(
    look, report, correct, it_is, sign_in
):
    for number in range(11):
        report("005", rating="green", done=f"Met walrus{number:02}")
    it_is(2021, 6, 10)
    for update in ProgressUpdate.objects.order_by("pk")[1:6]:
        assert correct(update, done=f"{update.done} and zebras").status_code == 302
    for word in ("walrus00", "walrus01", "walrus05", "walrus10"):
        [address] = links(look(word, kind="updates"))
        assert word in sign_in("scrutineer").get(address).content.decode(), word
    found = look("wrongly zebras walrus01", kind="updates")
    assert "What was wrong: “The rating was typed <mark>wrongly</mark>”" in html_of(found)
    assert "Update of 10 June" not in words_of(found), "it counts as reported when the first was"


def test_a_text_that_was_taken_out_is_not_found(look, reported, ask, consent):
    assert links(look("child stand here"))
    assert ask(text_of(reported, "done")).status_code == 302 and consent().status_code == 302
    assert links(look("child stand here", kind="updates")) == []
    assert links(look("taken out of record", kind="updates")) == [], "nor by the words in its place"


def test_as_at_a_moment_it_finds_what_was_there_then(look, on_record, action, it_is):
    it_is(2021, 6, 1)
    with on_record():
        changed = action("005")
        changed.title = "Zebra crossings"
        changed.save()
    it_is(2021, 6, 9)
    assert links(look("zebra")) == [f"{REGISTER}actions/005/"]
    then = "/scrutiny/as-at/2021-05-01"
    assert links(look("zebra", then=then)) == []
    found = look("implementation of key", then=then)
    assert links(found)[0] == f"{then}{REGISTER}actions/005/"
    assert f'role="search" method="get" action="{then}/search/"' in found.content.decode()


def test_many_of_a_kind_have_pages_of_their_own(look, report, monkeypatch):
    for number in range(25):
        report("005", rating="green", done=f"Met the giraffes {number} times")
    first = look("giraffes")
    assert "Updates (25)" in words_of(first) and len(links(first)) == 5
    assert 'href="?q=giraffes&amp;kind=updates"' in first.content.decode()
    assert len(links(look("giraffes", kind="updates"))) == 20
    rest = look("giraffes", kind="updates", page="2")
    assert len(links(rest)) == 5 and "Met the giraffes 0 times" in words_of(rest)
    assert f"{REGISTER}actions/005/?page=3#progress" in links(rest), "the page on which it stands"
    monkeypatch.setattr(hits, "MOST", 24)
    monkeypatch.setattr("actions.views.search.MOST", 24)
    facts.kept.clear()
    cut = look("giraffes", kind="updates", page="2")
    assert "More than 24 results" in words_of(cut) and "Updates (more than 24)" in words_of(cut)
    assert "Add a word to find fewer." in words_of(cut)
    assert len(links(cut)) == 4


def test_what_a_corrected_report_said_before_takes_the_place_of_no_other(look, report, correct, monkeypatch):
    monkeypatch.setattr(hits, "MOST", 2)
    for number in range(3):
        report("005", rating="green", done=f"Met the giraffes {number} times")
    correct(ProgressUpdate.objects.latest("pk"), done="Met the giraffes again")
    assert "Updates (more than 2)" in words_of(look("giraffes"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("q=x&colour=red", "This page cannot be filtered by “colour”"),
        ("q=x&kind=people", "Choose “Kind” from its list."),
        ("q=x&page=-1", "This address names no page"),
        (f"q={'x' * 5_000}", "“Words” must be 200 characters or fewer."),
        ("q=a%00b", "“Words” holds a character that nobody can type"),
    ],
)
def test_an_address_that_cannot_be_read_says_so(sign_in, query, said):
    answer = sign_in("scrutineer").get(f"/search/?{query}")
    assert answer.status_code == 200 and said in words_of(answer) and links(answer) == []


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "?q=", "<script>", "'OR/**/1=1--", "("])
def test_signs_are_looked_for_as_they_are(look, report, words):
    assert links(look(words, kind="updates")) == []
    report("005", rating="green", done=f"So zqz{words}zqz is")
    answer = look(f"zqz{words}", kind="updates")
    assert links(answer) == [f"{REGISTER}actions/005/#progress"]
    assert "<script>" not in answer.content.decode()


def test_the_number_of_queries_is_the_same_for_few_and_for_many(look, report, sign_in):
    reader = sign_in("scrutineer")

    def queries() -> int:
        facts.kept.clear()
        with CaptureQueriesContext(connection) as captured:
            assert reader.get("/search/", {"q": "giraffes training"}).status_code == 200
        return len(captured)

    for ref in ("005", "006"):
        report(ref, rating="green", done="Met the giraffes at the training")
    few = queries()
    for ref in ("001", "002", "003", "004"):
        report(ref, rating="green", done="Met the giraffes at the training")
    assert queries() == few


def test_meetings_by_their_day(look):
    day = Meeting.objects.order_by("date").first().date
    assert links(look(day.isoformat(), kind="meetings"))
