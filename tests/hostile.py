"""python -m tests.hostile EXAMPLES SEED: drawn values in fields of forms and parameters of pages.

On an empty database that DATABASE_URL names: the year is played on it. Each form that links lead to, by each
kind of post, is sent EXAMPLES times, and what came of it is undone. None may be answered with a 500.
"""

import re
import sys
from collections.abc import Iterator
from html import unescape
from http.cookies import SimpleCookie
from io import StringIO
from urllib.parse import quote_from_bytes

import django
import hypothesis

django.setup()

from django.core.management import call_command  # noqa: E402  models are there now
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import resolve  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from subgroups.models import DEMO_DOMAIN, User  # noqa: E402
from tests.lives_side_by_side import undone  # noqa: E402
from tests.published import publish, publish_measures  # noqa: E402
from tests.test_every_page import pages_that_links_lead_to  # noqa: E402
from tests.test_packaging import modules  # noqa: E402

ROLES = ("executive", "management.chair", "cem.chair", "mash.chair", "business.manager", "scrutineer")
FORM = re.compile(r'<form (?=[^>]*method="(post|get)")[^>]*>(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'<(?:input|select|textarea|button)\b[^>]*\bname="([^"]+)"(?:[^>]*\bvalue="([^"]*)")?')
OPTION = re.compile(r'<option value="([^"]+)"')
ASKED_FOR = re.compile(r'GET\.get(?:list)?\("(\w+)"|GET\["(\w+)"\]')
# What has bitten others: sizes, signs, digits of other scripts, days that are none, words of databases.
AWKWARD = [
    "", " ", "\0", "\n", "-1", "0", "1", "2147483648", "9" * 19, "9" * 400, "1e9", "NaN", "Infinity", "٣",
    "²", "0x1", "1.5", "1,5", "2021-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "on", "None", "null",
    "true", "[]", "{}", "{{ 7|add:7 }}", "%s%n", "'", '"', "\\", "; --", "../../etc/passwd", "\u202e",
    "\ufeff", "\ud7ff", "😀" * 50, "a" * 20_000, "<script>", "=1+1", "\r\nSet-Cookie: x=1", "//x.example",
]  # fmt: skip

# A page takes as long as it takes, and whatever fails is printed.
QUIET = hypothesis.settings(
    deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck), print_blob=False
)


def values(offered: list[bytes]) -> st.SearchStrategy[bytes]:
    """Of one field: what it offers or holds, what is awkward, any text, bytes that are no UTF-8."""
    return st.one_of(
        st.sampled_from([*offered, b""]),
        st.sampled_from([text.encode() for text in AWKWARD]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(str.encode),
        st.integers(-(10**20), 10**20).map(lambda number: str(number).encode()),
        st.binary(max_size=8),
    )


def fields_of(form: str) -> dict[str, list[bytes]]:
    """By name, what a form's fields hold or offer."""
    found: dict[str, list[bytes]] = {}
    for name, value in FIELD.findall(form):
        found.setdefault(unescape(name), []).append(unescape(value).encode())
    options = [unescape(value).encode() for value in OPTION.findall(form)]
    return {name: offered + options for name, offered in found.items()}


def body(fields: dict[str, list[bytes]]) -> st.SearchStrategy[str]:
    """A form as it is sent: of each field its own value, others, several, or none."""
    drawn = {
        name: st.one_of(st.just(offered[:1]), st.lists(values(offered), max_size=2))
        for name, offered in fields.items()
    }
    return st.fixed_dictionaries(drawn).map(encoded)


def encoded(sent: dict[str, list[bytes]]) -> str:
    return "&".join(
        f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}"
        for name, several in sent.items()
        for value in several
    )


def forms_of(client: Client) -> Iterator[tuple[str, str, dict[str, list[bytes]]]]:
    """Address, method and fields of the forms on the pages that links lead to."""
    for address, page in pages_that_links_lead_to(client).items():
        if address.endswith("with errors"):
            continue
        for method, form in FORM.findall(page.partition("<main")[2]):
            yield address, method, fields_of(form)


def client_of(role: str) -> Client:
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    user = User.objects.get(email=role + DEMO_DOMAIN)
    client.force_login(user, backend="subgroups.accounts.PostBackend")
    return client


def sent_often(client: Client, address: str, fields: dict[str, list[bytes]], examples: int) -> None:
    """Send the form with what is drawn; undo what came of it.

    Raises:
        AssertionError: it was answered with a 500.
    """
    signed_in = client.cookies.output(attrs=[], header="", sep=";")

    @hypothesis.settings(QUIET, max_examples=examples)
    @hypothesis.given(body(fields))
    def no_500(sent: str) -> None:
        client.cookies = SimpleCookie(signed_in)  # one form ends the session
        with undone():
            answer = client.post(address, sent, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500, (address, sent[:2_000], answer.status_code)

    no_500()


def posts_that_fall_over(role: str, examples: int) -> tuple[int, list[str]]:
    """How many forms were sent, and what was answered with a 500."""
    client, wrong, seen = client_of(role), [], 0
    for address, method, fields in forms_of(client):
        if method == "post":
            seen += 1
            try:
                sent_often(client, address, fields, examples)
            except AssertionError as error:
                wrong.append(f"{role} {error}")
    return seen, wrong


def parameters() -> set[str]:
    """The names that the code asks a page's address for."""
    asked = {one or other for _, path in modules() for one, other in ASKED_FOR.findall(path.read_text())}
    return asked | {"page", "sort", "next", "q"}


def pages_that_fall_over(role: str) -> tuple[int, list[str]]:
    """How many addresses were asked for, each parameter with each awkward value, and which gave a 500."""
    client, wrong, kinds = client_of(role), [], set()
    known, asked = parameters(), 0
    for address, page in pages_that_links_lead_to(client).items():
        path = address.partition("?")[0]
        if address.endswith("with errors") or (kind := resolve(path).url_name) in kinds:
            continue
        kinds.add(kind)
        names = known | {name for _, form in FORM.findall(page) for name in fields_of(form)}
        for text in AWKWARD:
            query = encoded({name: [text.encode()[:100], b"\xff"] for name in names})
            asked += 1
            answer = client.get(f"{path}?{query}")
            if answer.status_code >= 500:
                wrong.append(f"{role} {path}?{query[:500]}: {answer.status_code}")
    return asked, wrong


def main(examples: int, seed: int) -> int:
    call_command("migrate", verbosity=0)
    publish()
    publish_measures()
    call_command("play_year", stdout=StringIO())
    wrong = []
    for role in ROLES:
        hypothesis.seed(seed)
        forms, fell = posts_that_fall_over(role, examples)
        pages, fell_too = pages_that_fall_over(role)
        wrong += fell + fell_too
        print(f"{connection.vendor} {role}: {forms} forms, {examples} each; {pages} addresses", flush=True)
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
