"""No page changes what is kept of the record: everybody would be shown it, as if it were on record."""

import pickle
from io import BytesIO

import pytest
from django.db import models
from django.utils.functional import cached_property

from gscp import facts
from tests import test_access
from tests.test_access import OURS, url_of

things = test_access.things
ONCE = pytest.mark.run_in("sqlite")


class Pickler(pickle.Pickler):
    """It leaves out what a row only reads once and remembers: rows that it names, cached properties."""

    def reducer_override(self, value):
        if not isinstance(value, models.Model):
            return NotImplemented
        not_shown = ("_state", "_prefetched_objects_cache", "as_read")
        state = {
            name: part
            for name, part in vars(value).items()
            if name not in not_shown and not isinstance(getattr(type(value), name, None), cached_property)
        }
        return type(value), (), state


def pickled(value) -> bytes:
    file = BytesIO()
    Pickler(file).dump(value)
    return file.getvalue()


class Watched(facts.Kept):
    """It remembers what each value was when it was added."""

    def __init__(self):
        self.added = []
        super().__init__(2**25)

    def add(self, key, value, *size):
        self.added.append((key[0], value, pickled(value)))
        super().add(key, value, *size)

    def changed(self):
        return {name for name, value, before in self.added if pickled(value) != before}


@pytest.fixture
def watched(monkeypatch):
    kept = Watched()
    monkeypatch.setattr(facts, "kept", kept)
    return kept


ROLES = [
    "management.chair",  # on both: each page is looked at
    *(pytest.param(role, marks=ONCE) for role in ("executive", "business.manager", "cem.member")),
]


@pytest.mark.parametrize("role", ROLES)
def test_pages_leave_what_is_kept_as_it_was(role, things, sign_in, watched):
    client = sign_in(role)
    for row in OURS:
        url = url_of(row, things)
        client.get(url), client.get(url)  # once it is worked out, and once looked up
    assert len(watched.added) > 10 and watched.changed() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["title", "last_decision"])
def test_a_page_that_changed_what_is_kept_would_be_told(name, sign_in, watched):
    sign_in("business.manager").get("/plans/2021-22/")
    assert watched.changed() == set()
    name_of_fact, [action, *_] = next(
        (fact, value) for fact, value, _ in watched.added if str(fact).endswith("register_facts")
    )
    setattr(action, name, "Another")
    assert watched.changed() == {name_of_fact}
