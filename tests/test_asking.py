"""A chair asks for what only a meeting may grant: each kind, and everything that can be wrong with it."""

import pytest

from actions.models import Action, ExceptionReport
from actions.models.chain import MOVES_BY_NAME
from gscp.record import Change
from tests.answers import said, words_of
from tests.conftest import AGENDA, ASK, form_of
from tests.test_meetings import days
from tests.test_update import GOOD

# Once: forms and moves are Python; tests/test_chain.py and tests/test_lives.py make every move on both.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
AT = "/plans/2021-22/actions/005/"
NEW_DATE = {"cause": "No leads", "effect": "They wait", "recovery": "Ask"} | days(forecast=(31, 12, 2021))
COMPLETION = {"what": "All of it", "evidence": "https://gscp.example/minutes", "impact": "Seen sooner"}


@pytest.fixture
def ask(sign_in, send):
    return lambda slug, by="cem.chair", at=AT, **typed: send(sign_in(by), f"{at}{slug}/", **typed)


@pytest.fixture
def dated(action, on_record):
    """Action 005, due on 30 September 2021."""
    subject = action("005")
    subject.original_date = "2021-09-30"
    with on_record():
        subject.save()
    return subject


def test_an_exception_is_before_the_management_group(ask, sign_in):
    assert ask("exception", **ASK).url == AT
    report = ExceptionReport.objects.get()
    assert (report.state, report.with_group.slug) == ("waiting", "management-group")
    page = sign_in("executive").get(report.get_absolute_url()).content.decode()
    for words in ASK.values():
        assert words in page
    assert "With the Management Group" in page and "What can happen next" in page
    assert '<details class="govuk-details govuk-!-display-none-print">' in page, "nobody acts on paper"
    assert report.get_absolute_url() in sign_in("scrutineer").get(AT).content.decode()


@pytest.mark.run_in("sqlite", "postgresql")  # the SQL of the rules
def test_an_exception_that_a_rule_found_is_confirmed_with_its_sentence(sign_in, ask):
    page = sign_in("cem.chair").get(f"{AT}exception/").content.decode()
    assert "Without a date it can never be late." in page
    ask("exception", **ASK)
    assert ExceptionReport.objects.get().found_by == "No date and no review date"


@pytest.mark.parametrize("ref", ["002", "003", "004"])
def test_what_the_management_group_s_chair_answers_for_goes_to_the_executive(ref, ask):
    ask("exception", by="management.chair", at=f"/plans/2021-22/actions/{ref}/", **ASK)
    assert ExceptionReport.objects.get().with_group.slug == "executive"


@pytest.fixture
def decided(it_is, attend, decide):
    """decided("grant", report): the Management Group's meeting of June was quorate, and so decides."""

    def entered(move, report):
        it_is(2021, 6, 15)
        attend(AGENDA, "council", "police", "health")
        assert decide(move, report).status_code == 302

    return entered


def test_a_new_date_counts_only_when_granted(ask, dated, sign_in, decided):
    assert ask("new-date", **NEW_DATE).url == AT
    assert Action.objects.get(ref="005").agreed_date is None
    assert "31 December 2021" in sign_in("cem.chair").get(AT).content.decode()
    decided("grant", ExceptionReport.objects.get())
    action = Action.objects.get(ref="005")
    assert (str(action.original_date), str(action.agreed_date)) == ("2021-09-30", "2021-12-31")


def test_across_the_years_it_is_said_which_of_several_decisions_holds(ask, dated, sign_in, decided, decide):
    ask("new-date", **NEW_DATE)
    report = ExceptionReport.objects.get()
    holds = "This is what holds."
    for move, said_of_it in (("grant", ""), ("correct", ""), ("refuse", f"15 June 2021. {holds}")):
        decided(move, report)
        page = words_of(sign_in("scrutineer").get(f"{AT}lineage/"))
        assert said_of_it in page and page.count(holds) == bool(said_of_it), move
    assert page.index("refused, Management Group") < page.index(holds)


def test_across_the_years_it_is_said_what_came_of_what_was_escalated(ask, dated, sign_in, decided, send):
    ask("new-date", **NEW_DATE)
    report = ExceptionReport.objects.get()
    decided("escalate", report)
    reader, lineage = sign_in("scrutineer"), f"{AT}lineage/"
    assert "Now: taken back." not in words_of(reader.get(lineage))
    taken_back = send(sign_in("cem.chair"), f"{report.get_absolute_url()}take-back/", reason="It is in hand")
    assert taken_back.status_code == 302
    assert "15 June 2021. Now: taken back." in words_of(reader.get(lineage))


def test_what_is_asked_already_says_so_in_place_of_its_link(ask, dated, sign_in):
    chair, already = sign_in("cem.chair"), "this is asked already, and no decision on it is in force yet"
    page = said(chair.get(AT))
    assert f'href="{AT}new-date/"' in page and already not in page
    ask("new-date", **NEW_DATE)
    page = said(chair.get(AT))
    assert f'href="{AT}new-date/"' not in page and already in page
    assert f"Ask for a new date: {already}. With the Management Group" in words_of(chair.get(AT))
    assert already not in said(sign_in("qiip.chair").get(AT)), "who may not ask for it misses nothing"


def test_an_action_without_a_date_says_who_sets_the_first_one(sign_in, dated):
    without, sentence = "/plans/2021-22/actions/006/", "Ask for a new date: it has no date yet."
    assert sentence in words_of(sign_in("qiip.chair").get(without))
    assert sentence not in words_of(sign_in("cem.chair").get(AT))


def test_the_page_of_a_request_says_who_decides_where_and_who_enters_it(ask, dated, sign_in, decided):
    ask("new-date", **NEW_DATE)
    report, chair = ExceptionReport.objects.get(), sign_in("cem.chair")
    page = words_of(chair.get(report.get_absolute_url()))
    assert (
        "The Management Group decides at its meeting of 15 June 2021 . Its chair enters the decision" in page
    )
    assert "It is in force at once if enough partners are there." in page
    decided("return", report)
    page = words_of(chair.get(report.get_absolute_url()))
    assert "Whoever answers for the action answers the question. Then the Management Group decides." in page
    assert "Its chair enters the decision" not in page


def test_a_proposed_completion_is_not_complete(ask):
    ask("completion", **COMPLETION)
    assert Action.objects.get(ref="005").status == "proposed_complete"


def test_taken_back_it_is_in_progress_again(ask, sign_in, send):
    ask("completion", **COMPLETION)
    url = ExceptionReport.objects.get().get_absolute_url()
    assert send(sign_in("cem.chair"), f"{url}take-back/", reason="Too early").url == url
    assert Action.objects.get(ref="005").status == "in_progress"


@pytest.mark.parametrize(("by", "move"), [("management.chair", "refuse"), ("cem.chair", "take-back")])
def test_who_refuses_or_takes_back_a_completion_reads_what_becomes_of_the_action(
    by, move, ask, decided, sign_in, send
):
    assert Action.objects.get(ref="005").status == "not_started"
    ask("completion", **COMPLETION)
    report = ExceptionReport.objects.get()
    page = sign_in(by).get(report.get_absolute_url()).content.decode()
    next_moves = page.split("What can happen next")[1]
    assert "Nothing changes" not in next_moves
    assert MOVES_BY_NAME[move].help in next_moves
    assert "completion, the action becomes “In progress”." in MOVES_BY_NAME[move].help
    if move == "refuse":
        decided(move, report)
    else:
        send(sign_in(by), f"{report.get_absolute_url()}{move}/", reason="Too early")
    assert Action.objects.get(ref="005").status == "in_progress"


def test_of_what_had_to_be_closed_to_be_reopened_no_page_says_that_it_is_closed_by_now(ask, decided, sign_in):
    asks = {"by": "qiip.chair", "at": "/plans/2021-22/actions/006/"}
    ask("completion", **COMPLETION, **asks)
    decided("grant", ExceptionReport.objects.get())
    ask("reopening", cause="It came back", recovery="Begin again", **asks)
    report = ExceptionReport.objects.get(kind="reopening")
    agenda = words_of(sign_in("management.chair").get(AGENDA))
    assert "Request to reopen on Action 006" in agenda and "by now" not in agenda
    decided("return", report)
    due = words_of(sign_in("qiip.chair").get("/due/")).split("Returned to you with a question")[1]
    assert "Request to reopen on Action 006" in due and "by now" not in due


def test_the_closure_stays_in_view_when_it_is_reopened(ask, decided, sign_in):
    at, asks = "/plans/2021-22/actions/006/", {"by": "qiip.chair", "at": "/plans/2021-22/actions/006/"}
    ask("completion", **COMPLETION, **asks)
    decided("grant", ExceptionReport.objects.get())
    assert Action.objects.get(ref="006").status == "complete"
    ask("reopening", cause="It came back", recovery="Begin again", **asks)
    decided("grant", ExceptionReport.objects.get(kind="reopening"))
    page = sign_in("cem.chair").get(at).content.decode()
    assert "Proposal of completion" in page and "Request to reopen" in page
    assert Action.objects.get(ref="006").status == "in_progress"


@pytest.mark.parametrize(
    ("slug", "typed", "message"),
    [
        ("exception", {}, "Fill in “Cause”."),
        ("exception", ASK | {"asked_for": ""}, "Fill in “The decision asked for”."),
        ("exception", ASK | {"what": "x" * 10_001}, "10,000 characters or fewer"),
        ("exception", ASK | {"cause": "Spoke about 943 476 5919"}, "This looks like an NHS number"),
        ("exception", ASK | days(forecast=(31, 2, 2022)), "must be a real date"),
        ("new-date", NEW_DATE | days(forecast=("", "", "")), "Fill in “New date”."),
        ("new-date", NEW_DATE | days(forecast=(31, 3, 2021)), "That is before the plan starts."),
        ("new-date", NEW_DATE | days(forecast=(30, 9, 2021)), "That is the date of Action 005 already."),
        ("new-date", NEW_DATE | days(forecast=(1, 1, 2121)), "more than five years after the plan"),
        ("completion", COMPLETION | {"evidence": ""}, "Fill in “Where the evidence is”."),
        ("completion", COMPLETION | {"evidence": "?"}, "Say it in words."),
        (
            "completion",
            COMPLETION | {"evidence": "javascript:alert(1)"},
            "Give the address of a web page, without a user name.",
        ),
        ("completion", COMPLETION | {"impact": ""}, "Say what difference it made, or else when"),
        ("completion", COMPLETION | {"evidence": "ftp://gscp.example/x"}, "Give the address of a web page"),
        (
            "completion",
            COMPLETION | {"evidence": "https://a:b@gscp.example/"},
            "Give the address of a web page",
        ),
        (
            "completion",
            COMPLETION | days(impact_check_on=(31, 12, 2021)),
            "You gave the difference it made and a day on which to check that. Keep one of the two.",
        ),
        (
            "completion",
            COMPLETION | {"impact": ""},
            "Say what difference it made, or else when that will be checked.",
        ),
        ("withdrawal", {"cause": ".", "effect": "\u200b\u200b"}, "Say it in words."),
        ("withdrawal", {"cause": "No longer needed"}, "Fill in “What this means for children”."),
    ],
)
def test_bad_input_gets_a_message_and_nothing_changes(slug, typed, message, ask, dated):
    before = Change.objects.last_number()
    response = ask(slug, **typed)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert Change.objects.last_number() == before


def test_a_new_date_is_not_in_the_past(ask, dated, it_is):
    it_is(2021, 10, 12)
    response = ask("new-date", **NEW_DATE | days(forecast=(11, 10, 2021)))
    assert "The date must be today or later." in response.content.decode()


def test_a_new_date_is_later_than_the_one_it_has(ask, dated):
    response = ask("new-date", **NEW_DATE | days(forecast=(29, 9, 2021)))
    assert "Action 005 is due on 30 September 2021: ask for a later date." in words_of(response)


def test_what_was_expected_last_is_what_is_asked_for(sign_in, dated, send):
    chair = sign_in("cem.chair")
    answer = send(chair, f"{AT}update/", **GOOD | days(forecast=(31, 10, 2021)))
    told = "You expect it after its date of 30 September 2021: ask for a new date on the action’s page."
    assert told in words_of(chair.get(answer.url))
    assert str(chair.get(f"{AT}new-date/").context["form"]["forecast"].value()) == "2021-10-31"


def test_an_action_without_a_date_asks_for_no_new_one(sign_in):
    chair = sign_in("cem.chair")
    assert f"{AT}new-date/" not in chair.get(AT).content.decode()
    page = chair.get(f"{AT}new-date/", follow=True).content.decode()
    assert "has no date yet: the Business Manager sets the first one" in page


def test_one_of_a_kind_at_a_time(ask):
    ask("exception", **ASK)
    response = ask("exception", **ASK | {"cause": "Another"})
    assert "Another exception report on Action 005 is undecided" in response.content.decode()
    assert ExceptionReport.objects.count() == 1


def test_what_does_not_fit_the_action_leads_back_to_it(ask, sign_in):
    response = sign_in("cem.chair").get(f"{AT}reopening/", follow=True)
    assert "Action 005 is not started." in response.content.decode()


def test_sent_twice_it_is_asked_once(sign_in):
    chair = sign_in("cem.chair")
    form = form_of(chair.get(f"{AT}exception/")) | ASK
    assert [chair.post(f"{AT}exception/", form).status_code for _ in range(2)] == [302, 302]
    assert ExceptionReport.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "kept", "link"),
    [
        ("gscp.example/minutes", "https://gscp.example/minutes", True),
        (
            "The minutes of 9 March, with the Business Unit",
            "The minutes of 9 March, with the Business Unit",
            False,
        ),
    ],
)
def test_evidence_is_a_link_or_who_keeps_it(typed, kept, link, ask, sign_in):
    ask("completion", **COMPLETION | {"evidence": typed})
    report = ExceptionReport.objects.get()
    assert report.evidence == kept
    page = sign_in("cem.chair").get(report.get_absolute_url()).content.decode()
    assert kept in page and (f'href="{kept}"' in page) == link
