"""A redaction looks inside other texts: what contains the text, or words of it, may go in the same act."""

import pytest
from django.core.exceptions import ValidationError

from actions.models import ExceptionReport, ProgressUpdate
from gscp.record import REASON, TOMBSTONE, ChangeText, Redaction, other_texts, recording
from gscp.record.containing import containing
from gscp.words import folded
from scrutiny import forms
from subgroups.models import User
from tests import redacting
from tests.conftest import ASK, form_of
from tests.redacting import found, text_of

pytestmark = pytest.mark.django_db
ask, decide = redacting.ask, redacting.decide
NAME = "Westmarch Holder"


@pytest.fixture
def blocked(report):
    """An update whose blocker names somebody."""
    return report("005", rating="amber", reason="First", blocker=f"{NAME} does not answer")


@pytest.fixture
def repeated(blocked, asked, sign_in, send):
    """Others have the name too: in another case, over a line break, in reasons."""
    exception = asked()
    chair = sign_in("cem.chair")
    send(chair, f"/exceptions/{exception.pk}/take-back/", reason=f"Since {NAME.upper()} left")
    typed = {"done": "Met", "difference": "None", "rating": "red", "still_blocked": "no"}
    typed["reason"] = "westmarch\r\n  holder is away"
    assert send(chair, "/plans/2021-22/actions/005/update/", **typed).status_code == 302
    return ChangeText.objects.filter(value__iregex=r"westmarch\s+holder")


def take_out(text) -> str:
    return f"/scrutiny/changes/{text.change_id}/take-out/{text.field}/"


def test_what_contains_words_of_it_is_shown_before_anything_is_sent(blocked, repeated, sign_in, send):
    text, manager = text_of(blocked, "blocker"), sign_in("business.manager")
    assert "No other text on record contains it" in manager.get(take_out(text)).content.decode()
    response = send(manager, take_out(text), words="westmarch HOLDER", reason="It names somebody")
    page = response.content.decode()
    assert not Redaction.objects.exists()
    acts = {one.change.act for one in repeated} - {text.change.act}
    assert page.count('name="also"') == len(acts), "what one act entered in these words goes together"
    assert "Since WESTMARCH HOLDER left" in page and "Tick what goes too" in page


def test_all_ticked_goes_in_one_act_each_with_its_tombstone(blocked, repeated, sign_in, send, decide):
    text, manager = text_of(blocked, "blocker"), sign_in("business.manager")
    words = {"words": NAME, "reason": "It names somebody"}
    response = send(manager, take_out(text), **words)
    ticked = [value for value, _ in response.context["form"].fields["also"].widget.choices]
    sent = form_of(response) | words | {"also": ticked}
    assert manager.post(take_out(text), sent).status_code == 302
    assert len({redaction.change.act for redaction in Redaction.objects.all()}) == 1
    assert manager.post(take_out(text), sent).status_code == 302, "sent twice, it is recorded once"
    assert Redaction.objects.count() == repeated.count() > 3
    page = sign_in("executive").get(f"/scrutiny/redactions/{Redaction.objects.latest('pk').pk}/decide/")
    assert "Since WESTMARCH HOLDER left" in page.content.decode()
    tombstones = list(repeated.values_list("pk", flat=True))
    assert decide().status_code == 302
    assert found(NAME) == found(NAME.upper()) == found("westmarch") == []
    assert set(ChangeText.objects.filter(pk__in=tombstones).values_list("value", flat=True)) == {TOMBSTONE}


def test_a_reason_repeats_no_text_that_goes_and_no_words_looked_for(blocked, repeated, sign_in, send):
    text, manager = text_of(blocked, "blocker"), sign_in("business.manager")
    page = send(manager, take_out(text), words=NAME, looked_for=NAME, reason=f"It names {NAME}")
    assert "This repeats words" in page.content.decode()
    page = send(manager, take_out(text), words="Élan O’Westmarch", reason="It names E\u0301LAN O'Westmarch")
    assert "This repeats words" in page.content.decode()
    other = repeated.exclude(pk=text.pk).first()
    page = send(manager, take_out(text), also=[other.pk], reason=f"It says {other.value}")
    assert "This repeats words" in page.content.decode()
    assert not Redaction.objects.exists()


def test_a_long_list_says_that_it_goes_on(blocked, repeated, sign_in, send, monkeypatch):
    monkeypatch.setattr(forms, "NAMED", 1)
    text = text_of(blocked, "blocker")
    page = send(sign_in("business.manager"), take_out(text), words=NAME, reason="It names somebody")
    assert page.content.decode().count('name="also"') == 1
    assert "More than" in page.content.decode()


def test_what_was_asked_for_is_offered_no_more(blocked, repeated, ask):
    other = repeated.exclude(field="blocker").exclude(field=REASON).first()
    text = text_of(blocked, "blocker")
    assert other.pk in [one.pk for one in other_texts(text, NAME, 100)]
    ask(other)
    assert other.pk not in [one.pk for one in other_texts(text, NAME, 100)]


@pytest.mark.parametrize(
    ("words", "value", "is_found"),
    [
        ("Élan  Vital", "the élan\u00a0vital of it", True),
        ("100% (a+b)", "it says 100%\t(A+B), or", True),
        ("a_b", "axb", False),
        ("two words", "twowords", False),
        ("   ", "anything", False),
        ("O'Westmarch", "O’Westmarch said", True),
        ("O‘Westmarch", "OʼWestmarch said", True),
        ("O´Westmarch", "O'Westmarch said", True),
        ('the "first" one', "the “first” one", True),
        ("«first»", 'the "first" one', True),
        ("West-March", "of West\u2011March", True),
        ("West\u2013March", "of West\u2014March", True),
        ("West\u2212March", "of West-March", True),
        ("two words", "two\u00a0 words", True),
        ("two words", "two\r\nwords", True),
        ("two\r\nwords", "two\nwords", True),
        ("two\u00adwords", "twowords", True),
        ("\u00c9lan", "an e\u0301lan", True),
        ("E\u0301lan", "an \u00c9LAN", True),
        ("Zoe\u0308", "zo\u00cb", True),
        ("Zoe", "Zo\u00eb", True),
        ("Gro\u00dfmann", "GROSSMANN", True),
        ("\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3", True),
        ("\ufb01rst", "the FIRST", True),
        ("West March", "West-March", False),
        ("it's", 'it"s', False),
        ("long " * 100, "long " * 100, True),
    ],
)
def test_words_are_found_in_any_case_with_any_spaces_quotes_dashes_and_accents(
    words, value, is_found, report
):
    report("005", rating="amber", reason="First", blocker=value)
    found = ChangeText.objects.filter(pk__in=list(containing(words)))
    assert found.filter(field="blocker").exists() == is_found


def test_a_text_that_is_compared_is_compared_the_same_once_more():
    signs = map(chr, filter(lambda code: not 0xD800 <= code < 0xE000, range(0x20000)))
    assert [sign for sign in signs if folded(folded(sign)) != folded(sign)] == []


def test_an_exception_copies_nothing_that_was_reported(blocked, asked, sign_in):
    form = sign_in("cem.chair").get("/plans/2021-22/actions/005/exception/").content.decode()
    assert NAME in form, "it stands beside the form"
    assert NAME not in form.split("<form")[-1], "and in none of its fields"
    asked()
    report = ExceptionReport.objects.get()
    assert report.found_by and NAME not in report.found_by and report.what == ASK["what"]


def test_nobody_consents_who_wrote_the_text_or_has_the_name(user, on_record, ask, decide, action):
    executive, subject = user("executive"), action("005")
    with recording(executive, "A title"):
        subject.title = "A title by the chair"
        subject.save()
    ask(text_of(subject, "title"), reason="It names somebody")
    assert decide().status_code == 403
    with on_record():
        other = User.objects.get(pk=executive.pk)
        other.name = "Another name of the chair"
        other.save()
    ask(text_of(other, "name"), reason="That person asked for it")
    assert decide().status_code == 403
    assert not Redaction.objects.filter(state="done").exists()


LOOKALIKES = [
    TOMBSTONE.upper(),
    "(taken out of the record)",
    " [ taken  out\u00a0of the record ] ",
    "[taken out of the\u200b record]",
    "\uff3btaken out of the record\uff3d",
    "[táken out of the record].",
]


@pytest.mark.parametrize("typed", LOOKALIKES)
def test_nothing_typed_looks_like_a_tombstone(typed, sign_in, send, action, on_record):
    values = {"done": typed, "difference": "None", "rating": "green", "reason": "First"}
    page = send(sign_in("cem.chair"), "/plans/2021-22/actions/005/update/", **values).content.decode()
    assert "That is what stands where a text was taken out" in page
    subject = action("005")
    subject.title = typed
    with pytest.raises(ValidationError, match="where a text was taken out"), on_record():
        subject.save()
    with pytest.raises(ValidationError, match="where a text was taken out"), on_record(typed):
        pass


@pytest.mark.parametrize("typed", ["a\0b", "a\ud800b"])
def test_what_one_database_cannot_store_is_refused_at_every_save(typed, on_record, action):
    for name in ("title", "ref"):
        subject = action("005")
        setattr(subject, name, typed)
        with pytest.raises(ValidationError, match="cannot be stored"), on_record():
            subject.save()
    with pytest.raises(ValidationError, match="cannot be stored"), on_record(typed):
        action("005").save()


def test_a_record_with_a_text_taken_out_is_changed_like_any_other(blocked, action, on_record, ask, decide):
    subject = action("005")
    ask(text_of(subject, "title"), reason="It names somebody")
    decide()
    subject = action("005")
    subject.original_date = "2021-12-31"
    with on_record():
        subject.save()
    assert action("005").title == TOMBSTONE


def test_what_no_chair_of_the_top_group_could_decide_together_is_asked_for_apart(action, user, sign_in, send):
    """A text of the one chair and a text of the other: neither decides about both."""
    for name, ref in (("executive", "005"), ("executive.vice", "006")):
        update = ProgressUpdate(entered_by=user(name), done=f"{NAME} {ref}", difference="x", rating="red")
        with recording(user(name), "Rated"):
            action(ref).record_update(update)
    first, second = ChangeText.objects.filter(value__startswith=NAME).order_by("pk")
    manager, url = sign_in("business.manager"), f"/scrutiny/changes/{first.change_id}/take-out/done/"
    page = send(manager, url, also=[second.pk], reason="It names a child").content.decode()
    assert "Ask for these apart: " in page and not Redaction.objects.exists()
    assert send(manager, url, reason="It names a child").status_code == 302
    deciding = [
        name
        for name in ("executive", "executive.vice")
        if user(name).has_perm("decide_redaction", Redaction.objects.get())
    ]
    assert deciding == ["executive.vice"]
