"""Passwords that would be guessed early are refused; how long one may be."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from subgroups.models import Group
from tests.answers import said
from tests.conftest import PASSWORD
from tests.partnership import OWN_PASSWORD

# Once: what is easy to guess is found in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
EASY = [
    "123456789012", "098765432109", "111111111111", "abcdefghijkl", "qwertyuiop[]", "abcabcabcabc",
    "passwordpassword", "Password2021!", "P@ssw0rd1234", "sunshine2021!!", "!!!letmein!!!", "qwertyqwerty1",
    "Gloucestershire", "Gloucestershire1", "Gl0ucestershire!", "gscpgscpgscp", "Safeguarding2021",
    "ManagementGroup", "executivechair", "businessmanager1", "constabulary99", "MASHsubgroup12",
    "qiip-chair-2021", "Clinical Commissioning", "childexploitation", "aaaaaaaaaaaaaaab", "1qwertyuiop1",
]  # fmt: skip
GOOD = [
    OWN_PASSWORD,
    PASSWORD,
    "correct horse battery",
    "Zt7#kpQ2vLm9",
    "otters under the mash",
    "wool-brick-moon-39",
]


@pytest.mark.parametrize("password", EASY)
def test_what_is_easy_to_guess_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", GOOD)
def test_what_is_not_is_taken(password):
    validate_password(password)


def test_names_are_those_on_record_today(on_record):
    validate_password("Ombudswomen2021")
    with on_record():
        group = Group.objects.get(slug="qiip")
        group.aliases = "The Ombudswomen"
        group.save()
    with pytest.raises(ValidationError, match="a name of the partnership"):
        validate_password("Ombudswomen2021")


def test_the_form_says_so(sign_in):
    sent = {"oldpassword": PASSWORD, "password1": "123456789012", "password2": "123456789012"}
    page = said(sign_in("cem.chair").post("/account/password/", sent))
    assert "This password is easy to guess" in page


@pytest.mark.parametrize(
    ("url", "names"),
    [("/sign-in/", ("login", "password")), ("/account/password/", ("oldpassword", "password1", "password2"))],
)
def test_no_password_is_longer_than_anybody_types(url, names, sign_in, client, monkeypatch):
    """Argon2 would read it to its end."""
    sender = client if url == "/sign-in/" else sign_in("cem.chair")
    monkeypatch.setattr(
        "django.contrib.auth.hashers.MD5PasswordHasher.verify", lambda *args: pytest.fail("read")
    )
    page = said(sender.post(url, dict.fromkeys(names, "a@b.example" + "x" * 100_000)))
    assert "characters or fewer" in page or "at most" in page
