"""Names of people, posts, partners and groups: lines refer to them, pages show what they were then."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from gscp.record import (
    TOMBSTONE,
    Change,
    ChangeText,
    Figure,
    FreeText,
    Redaction,
    attach_names,
    history_of,
    tracked_models,
)
from gscp.record.differences import differences
from gscp.record.names import AsReferences
from subgroups.models import Group, Partner, Post, PostHolding, User
from tests import redacting
from tests.conftest import PASSWORD
from tests.redacting import found, text_of

pytestmark = pytest.mark.django_db
ask, decide = redacting.ask, redacting.decide

PERSON, PARTNER, POST = "Holder at Westmarch", "Westmarch Constabulary", "Westmarch Chair"
ADDRESS = "holder@westmarch.example"


@pytest.fixture
def people(on_record, user):
    """A person with an account, who holds a post of a partner and reports from it."""
    with on_record():
        partner = Partner(name=PARTNER, kind="other", started_on=date(2021, 4, 1))
        partner.save()
        post = Post(name=POST, role="chair", group=Group.objects.get(slug="cem"), partner=partner)
        post.save()
        person = User(name=PERSON, email=ADDRESS, password="!")
        person.save()
        PostHolding(post=post, user=person, started_on=date(2021, 4, 1)).save()
    return person


@pytest.fixture
def entered(people, sign_in, send, user):
    """Entries that refer to them: as actor, as post, as object, and as what a key points to."""
    client = Client()
    client.force_login(people, backend="subgroups.accounts.PostBackend")
    typed = {"done": "Met", "difference": "None yet", "rating": "green", "reason": "First"}
    assert send(client, "/plans/2021-22/actions/005/update/", **typed).status_code == 302
    return Change.objects.filter(actor_id=people.pk)


def test_no_line_holds_a_text_that_somebody_typed(entered):
    lines = "\n".join(Change.objects.values_list("line", flat=True))
    for name in (PERSON, PARTNER, POST, ADDRESS):
        assert ChangeText.objects.filter(value=name).exists()
        assert name not in lines
    assert "{subgroups.user:" in lines and "{subgroups.post:" in lines


def texts_of(model) -> list[str]:
    return [field.name for field in history_of(model).tracked_fields if isinstance(field, FreeText)]


def test_no_line_would_hold_a_text_of_any_record(played, on_record):
    """Every text is marked. Then each record is changed once more, and each is compared as if it were new."""
    rows = [row for model in tracked_models() for row in model._base_manager.order_by("pk")[:3]]
    assert len({type(row) for row in rows}) > 15
    for turn in ("first", "second"):
        with on_record():
            for number, row in enumerate(rows):
                for name in texts_of(type(row)):
                    is_figure = isinstance(row._meta.get_field(name), Figure)  # tests/test_figures_leaving.py
                    if getattr(row, name) and not is_figure:
                        site = "https://gscp.example/" if name == "link" else ""
                        setattr(row, name, f"{site}marked-{turn}-{number}@gscp.example")
                row.refresh_from_db(fields=[f.name for f in row._meta.concrete_fields if f.is_relation])
                row.save()
    with AsReferences():
        in_words = [
            (str(row), *differences(row, {}, history_of(type(row)).tracked_fields))
            for row in (type(row)._base_manager.get(pk=row.pk) for row in rows)
        ]
    assert "marked" not in str(in_words)
    assert not Change.objects.filter(line__contains="marked").exists()


def test_every_text_a_person_types_can_be_taken_out():
    typed = {
        f"{model._meta.label}.{field.name}"
        for model in tracked_models()
        for field in model._meta.fields
        if isinstance(field, FreeText)
    }
    assert typed >= {
        "subgroups.User.name", "subgroups.User.email", "subgroups.Group.name", "subgroups.Group.aliases",
        "subgroups.Post.name", "subgroups.Partner.name", "actions.BusinessPlan.title",
    }  # fmt: skip


def test_pages_show_the_names_of_the_time(entered, people, on_record, sign_in):
    reader, last = sign_in("scrutineer"), entered.latest("number").number
    with on_record():
        people.name = "Another name"
        people.save()
    for page in (
        f"/scrutiny/changes/{last}/",
        "/plans/2021-22/actions/005/",
        "/scrutiny/changes/?person=holder+at",
    ):
        html = reader.get(page).content.decode()
        shown = html.split("<pre")[0]  # the line itself stands below
        assert PERSON in shown and "{subgroups" not in shown, page
    assert Change.objects.latest("number").compared()[0] == {
        "field": "name", "label": "Name", "old": PERSON, "new": "Another name",
    }  # fmt: skip
    by_name, by_post = (
        reader.get(f"/scrutiny/changes/?{query}").content.decode()
        for query in ("person=another+name", "post=westmarch+constab")
    )
    assert all("Update on Action 005" in html for html in (by_name, by_post))
    assert "Update on Action 005" not in reader.get("/scrutiny/changes/?post=nobody").content.decode()


def test_names_are_read_at_once_for_any_number_of_entries(entered, django_assert_num_queries):
    changes = list(Change.objects.order_by("-number")[:40])
    attach_names(changes)
    with django_assert_num_queries(0):
        assert any(PERSON in change.actor_in_words for change in changes)
    with django_assert_num_queries(1):
        attach_names(changes)


@pytest.mark.parametrize("field", ["name", "email"])
def test_a_name_that_is_taken_out_stands_nowhere(entered, people, ask, decide, field, sign_in):
    value = getattr(people, field)
    assert found(value)
    ask(text_of(people, field), reason="That person asked for it")
    assert decide().status_code == 302
    assert found(value) == []
    people.refresh_from_db()
    assert (
        sign_in("scrutineer").get(f"/scrutiny/changes/{entered.latest('number').number}/").status_code == 200
    )


def test_two_of_one_kind_may_be_taken_out_and_are_kept_still(people, on_record, ask, decide, sign_in):
    with on_record():
        other = User(name="Somebody else", email="else@westmarch.example", password="!")
        other.save()
    for one in (people, other):
        for field in ("name", "email"):
            ask(text_of(one, field), reason="That person asked for it")
            assert decide().status_code == 302
    assert Redaction.objects.filter(state="done").count() == 4
    with on_record():
        for pk in (people.pk, other.pk):
            account = User.objects.get(pk=pk)
            account.is_active = False
            account.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM subgroups_user WHERE email LIKE '[%'")
        assert cursor.fetchone() == (2,)


def test_names_and_addresses_stay_unique(people, on_record):
    for twin in (
        User(name="A twin", email=ADDRESS.upper(), password="!"),
        Partner(name=PARTNER.lower(), kind="other", started_on=date(2021, 4, 1)),
        Post(name="Somebody", aliases=POST, role="chair", group=Group.objects.first()),
    ):
        with pytest.raises(ValidationError), on_record():
            twin.save()


def test_a_reference_is_not_typed_where_texts_are_in_the_clear(action, on_record):
    subject = action("005")
    subject.ref = "{gscp.user:5}"
    with pytest.raises(ValidationError, match="without braces"), on_record():
        subject.save()


def test_an_e_mail_leaves_nothing_where_its_owner_signed_in(user, ask, decide):
    """The library that signs people in has a table of e-mails and counts failures by them."""
    owner, client = user("qiip.chair"), Client()
    for password in ("wrong", PASSWORD):
        answer = client.post("/sign-in/", {"login": owner.email, "password": password})
    assert answer.status_code == 302
    ask(text_of(owner, "email"), reason="The owner asked for it")
    assert decide().status_code == 302
    assert found(owner.email) == []
    assert Client().post("/sign-in/", {"login": TOMBSTONE, "password": PASSWORD}).status_code == 200
