"""How many of which partners a meeting needs: a rule of each group, as it was on the day of the meeting."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from gscp.record import Change
from subgroups.models import Group, Meeting, Partner, QuorumPart
from tests.answers import said
from tests.conftest import AGENDA
from tests.partnership import day_of

# Once: a quorum is counted in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
JUNE = date(2021, 6, 15)
NOT_IN_FORCE = "What it decides is not in force until a meeting with a quorum agrees it."
COUNCIL, POLICE = "Gloucestershire County Council", "Gloucestershire Constabulary"
CCG = "NHS Gloucestershire Clinical Commissioning Group"
QUORUM = "/groups/management-group/quorum/"


@pytest.fixture
def management():
    return Group.objects.get(slug="management-group")


@pytest.fixture
def associations(on_record):
    """Three education partners."""
    with on_record():
        added = [
            Partner(name=f"{name} Association", kind="education", started_on=date(2021, 4, 1))
            for name in ("Academies", "Colleges", "Primary")
        ]
        for partner in added:
            partner.save()
    return added


@pytest.fixture
def rule(on_record, management):
    """rule((2, partners), on=day): the Management Group's quorum from then."""

    def recorded(*parts, on=date(2021, 4, 1)):
        with on_record():
            QuorumPart.set_rule(management, parts, on)

    return recorded


@pytest.fixture
def june(attend, it_is):
    """june("council", …): those were present at the meeting of June."""

    def recorded(*kinds, **typed):
        it_is(2021, 6, 15)
        assert attend(AGENDA, *kinds, **typed).status_code == 302
        return Meeting.objects.with_attendance().get(date=JUNE, group__slug="management-group")

    return recorded


def by_hand(**presence) -> dict[str, str]:
    """What the form sends of partners by the first word of their names."""
    return {
        f"partner_{partner.pk}": presence[partner.name.split()[0].lower()]
        for partner in Partner.objects.all()
        if partner.name.split()[0].lower() in presence
    }


@pytest.mark.parametrize(
    ("present", "sentence"),
    [
        (("council", "police", "health"), "Quorate."),
        (("council", "health"), f"Not quorate: {POLICE} was not present. {NOT_IN_FORCE}"),
        (("police", "other"), f"Not quorate: {COUNCIL} and {CCG} were not present. {NOT_IN_FORCE}"),
    ],
)
def test_a_page_names_who_was_missing(present, sentence, june, sign_in):
    assert june(*present).quorum_in_words == sentence
    assert sentence in said(sign_in("scrutineer").get(AGENDA))
    assert sentence in said(sign_in("scrutineer").get("/meetings/"))


def test_until_attendance_is_recorded_nothing_is_said_of_a_quorum(it_is, sign_in):
    it_is(2021, 6, 16)
    page = said(sign_in("scrutineer").get(AGENDA))
    assert "Attendance not recorded" in page and "uorate" not in page


@pytest.mark.parametrize(
    ("present", "sentence"),
    [
        (
            {"academies": "present"},
            "two of the three education partners are needed, one was present: "
            "Colleges Association and Primary Association were not",
        ),
        (
            {},
            "two of the three education partners are needed, none was present: "
            "Academies Association, Colleges Association and Primary Association were not",
        ),
        ({"academies": "present", "primary": "present"}, ""),
        ({"academies": "present", "colleges": "present", "primary": "present"}, ""),
    ],
)
def test_two_of_three_are_a_quorum(present, sentence, associations, rule, june):
    rule((2, associations))
    meeting = june("council", "police", "health", **by_hand(**present))
    assert [str(lacking) for lacking in meeting.shortfalls] == [sentence] * bool(sentence)
    assert meeting.is_quorate is not sentence


def test_one_of_three_is_a_quorum(associations, rule, june):
    rule((1, associations))
    assert june("council").quorum_in_words.startswith(
        "Not quorate: one of the three education partners is needed, none was present: Academies"
    )


def test_each_part_of_a_rule_has_to_be_met(associations, rule, june):
    councils = list(Partner.objects.filter(kind="council"))
    rule((1, councils), (2, associations))
    meeting = june("police", **by_hand(academies="present"))
    assert meeting.quorum_in_words.startswith(
        f"Not quorate: {COUNCIL} was not present; two of the three education partners are needed, one was"
    )
    assert not meeting.is_quorate


def test_a_group_without_a_rule_has_no_quorum_to_miss(asked, decide, rule, june):
    report = asked()
    rule()
    meeting = june("council")
    assert meeting.is_quorate and meeting.quorum_in_words == ""
    decide("grant", report)
    assert not report.steps.last().provisional


def test_a_partner_counts_through_its_successors(june, on_record):
    police = Partner.objects.get(kind="police")
    with on_record():
        police.be_succeeded_by(Partner(name="Western Police"), date(2021, 5, 1))
        Partner.objects.get(name="Western Police").be_succeeded_by(Partner(name="Severn Police"), JUNE)
    meeting = june("council", "health", **by_hand(severn="present"))
    assert meeting.is_quorate
    assert june("council", "health", **by_hand(severn="absent"), reason="A slip").quorum_in_words.startswith(
        "Not quorate: Severn Police was not present."
    )


def test_attendance_offers_partners_of_the_day_and_no_predecessor_beside_its_successor(
    on_record, manager, june, it_is
):
    police, may = Partner.objects.get(kind="police"), date(2021, 5, 1)
    june("council", "health")
    with on_record():
        police.be_succeeded_by(
            Partner(name="Western Police"), may
        )  # told of late: the police had been absent
    page = said(manager.get(f"{AGENDA}attendance/"))
    assert "Western Police" in page and POLICE not in page


def test_a_later_rule_turns_no_meeting_that_was_held(asked, decide, associations, rule, june, it_is):
    report = asked()
    meeting = june("council", "police", "health")
    decide("grant", report)
    with pytest.raises(ValidationError, match="met on 15 June 2021 by the rule of then"):
        rule((2, associations), on=JUNE)
    rule((2, associations), on=date(2021, 6, 16))
    meeting = Meeting.objects.with_attendance().get(pk=meeting.pk)
    assert meeting.is_quorate and meeting.quorum_in_words == "Quorate."
    later = Meeting.objects.with_attendance().get(date="2021-09-14")
    assert [str(lacking)[:20] for lacking in later.shortfalls_with([])] == ["two of the three edu"]


def test_a_rule_is_changed_by_the_form_and_stands_in_the_list(manager, send, associations, sign_in, it_is):
    ids = [partner.pk for partner in associations]
    old = [partner.pk for partner in Partner.objects.exclude(kind="education")]
    typed = {"partners_1": old, "at_least_1": 3, "reason": "Agreed"} | day_of("on", 1, 5, 2021)
    again = send(manager, QUORUM, **typed)
    assert "This changes nothing" in said(again)
    missing = send(manager, QUORUM, **typed | {"partners_2": ids})
    assert "Say how many of them are needed." in said(missing)
    too_many = send(manager, QUORUM, **typed | {"partners_2": ids, "at_least_2": 4})
    assert "Of 3 partners that are named, 4 cannot be needed." in said(too_many)
    assert send(manager, QUORUM, **typed | {"partners_2": ids, "at_least_2": 2}).status_code == 302
    words = "two of Academies Association, Colleges Association and Primary Association"
    assert words not in said(sign_in("cem.chair").get("/groups/"))
    it_is(2021, 5, 1)
    page = said(sign_in("cem.chair").get("/groups/"))
    assert f"{CCG}; and {words}" in " ".join(page.split()) and "Change the quorum" not in page
    assert "No rule" in page  # of subgroups
    dropped = {"partners_1": [], "at_least_1": "", "partners_2": ids, "at_least_2": 2, "reason": "Agreed"}
    assert send(manager, QUORUM, **dropped | day_of("on", 1, 6, 2021)).status_code == 302
    it_is(2021, 6, 1)
    parts = Group.objects.get(slug="management-group").quorum_on(date(2021, 6, 1))
    assert [(part.at_least, part.position) for part in parts] == [(2, 1)]


def test_a_rule_to_come_is_replaced_before_it_came(rule, associations, management, it_is):
    rule((2, associations), on=date(2021, 8, 1))
    rule((1, associations), on=date(2021, 7, 1))
    for day, at_least in ((date(2021, 6, 30), [3]), (date(2021, 7, 1), [1]), (date(2021, 9, 1), [1])):
        assert [part.at_least for part in management.quorum_on(day)] == at_least


def test_a_partner_is_named_once_even_through_a_successor(rule, on_record):
    police, council = Partner.objects.get(kind="police"), Partner.objects.get(kind="council")
    with on_record():
        police.be_succeeded_by(Partner(name="Western Police"), date(2021, 5, 1))
    for pair in ([council, council], [police, police.succeeded_by]):
        with pytest.raises(ValidationError, match="names each partner once"):
            rule((1, pair), on=date(2021, 5, 1))


# Going on without a quorum


WHY = "The matter cannot wait for the summer."


def let_the_chair_go_on(management, on_record):
    with on_record():
        management.chair_may_proceed = True
        management.save()


def test_a_chair_goes_on_without_a_quorum_where_the_terms_allow(
    asked, decide, management, on_record, june, manager, attend, send
):
    report = asked()
    let_the_chair_go_on(management, on_record)
    meeting = june("council", "police", why_it_went_on=WHY)
    assert not meeting.is_quorate and meeting.decisions_take_effect
    assert (
        meeting.quorum_in_words
        == f"Not quorate: {CCG} was not present. The chair went on all the same: {WHY}"
    )
    assert decide("grant", report).status_code == 302
    report.refresh_from_db()
    assert report.state == "granted" and not report.steps.last().provisional
    lost = said(attend(AGENDA, "council", "police", why_it_went_on="", reason="Misheard"))
    assert "the group corrects them at its next meeting" in lost
    unneeded = said(attend(AGENDA, "council", "police", "health", why_it_went_on=WHY, reason="Came late"))
    assert "There was a quorum, so this needs no reason." in unneeded
    # The terms change later, and what was decided stands.
    with on_record():
        management.refresh_from_db()
        management.chair_may_proceed = False
        management.save()
    assert Meeting.objects.with_attendance().get(pk=meeting.pk).decisions_take_effect


def test_a_chair_whose_terms_do_not_allow_it_does_not_go_on(june, manager):
    meeting = june("council", "police", why_it_went_on=WHY)
    assert meeting.why_it_went_on == "" and not meeting.decisions_take_effect
    assert "why_it_went_on" not in said(manager.get(f"{AGENDA}attendance/"))


# By whom


def test_who_came_for_a_partner_is_kept_by_post_or_deputy(june, post, sign_in):
    council, police, health = (Partner.objects.get(kind=kind) for kind in ("council", "police", "health"))
    june(
        "council",
        "health",
        **{
            f"partner_{police.pk}": "apologies",
            f"post_{council.pk}": post("Management Group Chair").pk,
            f"deputy_{health.pk}": "Deputy Chief Nurse",
        },
    )
    page = said(sign_in("scrutineer").get(AGENDA))
    assert f"{COUNCIL} (Management Group Chair)" in page and f"{CCG} (Deputy Chief Nurse)" in page
    assert f"Apologies: {POLICE}" in page


@pytest.mark.parametrize(
    ("kind", "typed", "message"),
    [
        ("council", {"post": "Management Group Chair", "deputy": "Deputy"}, "not both"),
        ("police", {"deputy": "Deputy"}, "only who is present is there by a post or a deputy"),
        ("council", {"post": "QiiP Subgroup Chair"}, "from its list"),
        ("council", {"partner": "somewhere"}, "from its list"),
        ("council", {"partner": ""}, f"Say whether {COUNCIL} was there."),
    ],
)
def test_who_cannot_have_come_so_is_refused(kind, typed, message, attend, it_is, post):
    it_is(2021, 6, 15)
    partner, before = Partner.objects.get(kind=kind), Change.objects.last_number()
    if name := typed.get("post"):
        typed = typed | {"post": post(name).pk}
    fields = {f"{field}_{partner.pk}": value for field, value in typed.items()}
    page = said(attend(AGENDA, "council", "health", **fields))
    assert message in page and "There is a problem" in page
    assert Change.objects.last_number() == before
