"""How often one may try to sign in, and where that is counted."""

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.serializers import JSONSerializer
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.module_loading import import_string

from subgroups.models import DEMO_DOMAIN
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
ACCOUNT = f"cem.chair{DEMO_DOMAIN}"


def try_password(password: str) -> int:
    return Client().post("/sign-in/", {"login": ACCOUNT, "password": password}).status_code


def test_after_five_wrong_passwords_the_right_one_has_to_wait():
    assert [try_password("wrong") for _ in range(5)] == [200] * 5
    assert try_password(PASSWORD) == 200
    assert Client().post("/sign-in/", {"login": f"mash.chair{DEMO_DOMAIN}", "password": PASSWORD}).url == "/"


def test_nothing_read_from_the_database_is_a_pickle():
    """Whoever can write one runs code on the server, and so reads its keys."""
    assert {type(cache) for cache in caches.all(initialized_only=False)} == {LocMemCache}
    sessions = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    assert sessions is SessionStore and sessions().serializer is JSONSerializer
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert try_password("wrong") == 200
    assert queries.captured_queries and not [one for one in queries if "cache" in one["sql"]]
