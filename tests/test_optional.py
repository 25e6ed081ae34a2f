"""What is marked "(optional)" can be left out, on every form."""

from html import unescape

import pytest

from gscp.components import label
from tests.access_table import TABLE
from tests.conftest import form_of
from tests.test_access import things, url_of  # noqa: F401  things is a fixture

# Once: which fields a form marks is Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
FORMS = [row for row in TABLE if row.may_post and row.get_status == 200]


@pytest.mark.parametrize("row", FORMS, ids=lambda row: f"{row.name} {row.parts.get('slug', '')}")
def test_nothing_that_is_asked_for_is_marked_optional(row, things, sign_in):  # noqa: F811
    """Sent with nothing filled in, a form asks for what it needs."""
    client, url = sign_in(sorted(row.may_post)[0]), url_of(row, things)
    response = client.post(url, form_of(client.get(url)))
    if response.status_code == 302:
        return  # it asks for nothing
    asked = [bound for bound in response.context["form"] if bound.errors]
    assert [label(bound) for bound in asked if label(bound).endswith("(optional)")] == []


def sent(client, url, **typed):
    response = client.post(url, form_of(client.get(url)) | typed)
    assert response.status_code == 200
    return response.context["form"]


@pytest.mark.parametrize(
    ("url", "typed", "name"),
    [
        ("/posts/new/", {"name": "A chair", "role": "chair", "reason": "New"}, "group"),
        ("/posts/1/handover/", {"email": "new@gscp.example", "reason": "She has left"}, "name"),
        ("/groups/mash/quorum/", {"partners_1": ["1"], "reason": "Agreed"}, "at_least_1"),
    ],
)
def test_what_another_answer_makes_necessary_is_not_marked(url, typed, name, manager):
    form = sent(manager, url, **typed | {"on-day": "1", "on-month": "April", "on-year": "2021"})
    assert form[name].errors and "(optional)" not in label(form[name])


def test_the_one_date_that_is_left_to_give_is_necessary(manager, on_record, action):
    url = "/plans/2021-22/actions/005/dates/"
    both = sent(manager, url, reason="Agreed")
    assert "Give a date." in both.errors["original_date"]
    with on_record():
        due = action("005")
        due.review_date = "2021-12-01"
        due.save()
    page = unescape(manager.get(url).content.decode())
    assert "Review date" not in page and "(optional)" not in page
    assert sent(manager, url, reason="Agreed").errors.keys() == {"original_date"}
