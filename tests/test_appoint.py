"""The first people come in by the command line; every step of it is on the record."""

import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from gscp.record import Change
from subgroups.models import PostHolding, User
from tests.partnership import OWN_PASSWORD, set_password

# Once: a command's words and what it refuses.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]


@pytest.mark.run_in("sqlite", "postgresql")  # it is recorded
def test_a_person_is_put_into_a_post_and_the_one_before_leaves_it(client, sign_in, it_is):
    it_is(2021, 9, 14)
    before = sign_in("business.manager")
    said = StringIO()
    call_command("appoint", "Business.Unit@Council.example", "Business Manager", stdout=said)
    link = re.search(r"http://127.0.0.1:8000(\S+)", said.getvalue())[1]
    assert set_password(client, link).status_code == 302
    form = {"login": "business.unit@council.example", "password": OWN_PASSWORD}
    assert client.post("/sign-in/", form).status_code == 302
    assert client.get("/missing/").status_code == 200
    assert before.get("/missing/").status_code == 403
    [change] = Change.objects.order_by("-number")[:1].with_texts()
    assert (change.actor_in_words, change.reason) == ("Server administrator", "Appointed to Business Manager")


def test_whoever_lost_the_first_link_is_given_another(client):
    """There may be no Business Manager yet who could make one."""
    links = []
    for _ in range(2):
        said = StringIO()
        call_command("appoint", "first@council.example", "Executive Chair", stdout=said)
        links += re.findall(r"http://127.0.0.1:8000(\S+)", said.getvalue())
    assert "does not work any more" in client.get(links[0], follow=True).content.decode()
    assert set_password(client, links[1]).status_code == 302
    said = StringIO()
    call_command("appoint", "first@council.example", "Executive Chair", stdout=said)
    assert "http" not in said.getvalue(), "nobody's password is replaced"


def test_appointing_the_holder_again_changes_nothing(it_is):
    it_is(2021, 9, 14)
    before = Change.objects.last_number()
    call_command(
        "appoint",
        "cem.chair@gscp.example",
        "Child Exploitation and Missing Subgroup Chair",
        stdout=StringIO(),
    )
    assert Change.objects.last_number() == before


def test_nobody_is_put_into_a_post_that_stands_alone_beside_another():
    before = Change.objects.last_number()
    with pytest.raises(
        CommandError, match=r"Nothing was recorded\. .* The Business Manager holds no other post"
    ):
        call_command("appoint", "cem.chair@gscp.example", "Business Manager")
    assert Change.objects.last_number() == before


@pytest.mark.parametrize(
    ("email", "post", "message"),
    [
        ("someone@council.example", "Chair of Nothing", "No post is called “Chair of Nothing”"),
        ("not an address", "Business Manager", "Enter a valid email address"),
    ],
)
def test_what_cannot_be_appointed(email, post, message):
    with pytest.raises(CommandError, match=message):
        call_command("appoint", email, post)
    assert not User.objects.filter(email=email).exists()
    assert PostHolding.objects.filter(ended_on=None).count() == 9


def test_passwords_are_kept_by_argon2_but_for_the_tests_own_hasher():
    fast, *in_earnest = settings.PASSWORD_HASHERS
    assert fast.endswith("MD5PasswordHasher") and in_earnest[0].endswith("Argon2PasswordHasher")
