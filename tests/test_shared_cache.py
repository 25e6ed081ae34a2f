"""What processes and servers count together: the cache that django-allauth uses."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from gscp import shared_cache
from gscp.shared_cache import SharedValue
from subgroups.models import DEMO_DOMAIN
from tests.answers import said
from tests.conftest import PASSWORD
from tests.factors import add_app, code_of

pytestmark = pytest.mark.django_db
EMAIL = f"cem.chair{DEMO_DOMAIN}"
# A process of its own signs in, and says what the second step answered to this code.
ANOTHER = """
import sys, django
from django.conf import settings
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "gscp.settings"
django.setup()
settings.PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
settings.ALLOWED_HOSTS.append("testserver")
from django.test import Client
email, password, code = sys.argv[1:]
client = Client()
assert client.post("/sign-in/", {"login": email, "password": password}).url == "/sign-in/second-step/"
print(client.post("/sign-in/second-step/", {"code": code}).status_code)
"""


def test_values_come_back_until_they_end(monkeypatch):
    cache.set("list", [1.5, "two", None, True], 60)
    cache.set("for good", "x", None)
    assert cache.get("list") == [1.5, "two", None, True] and cache.get("none", 7) == 7
    assert "list" in cache and "none" not in cache
    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr(shared_cache.timezone, "now", lambda: later)
    assert cache.get("list") is None and cache.get("for good") == "x"
    assert cache.add("list", "again", 60), "as if it had not been there"
    assert SharedValue.objects.count() == 2


def test_add_incr_touch_and_delete_do_as_django_says():
    assert cache.add("n", 1) and not cache.add("n", 5)
    assert cache.incr("n", 2) == 3 and cache.decr("n") == 2 and cache.get("n") == 2
    with pytest.raises(ValueError, match="not found"):
        cache.incr("other")
    assert cache.touch("n", 10) and not cache.touch("other", 10)
    assert cache.delete("n") and not cache.delete("n")
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    cache.clear()
    assert SharedValue.objects.count() == 0


def test_what_is_kept_is_json_and_names_nobody():
    cache.set(f"wrong codes of {EMAIL}", 1)
    with pytest.raises(TypeError):
        cache.set("not json", object())
    kept = repr(list(SharedValue.objects.values()))
    assert "cem" not in kept and "wrong codes" not in kept


def at_once(work, times):
    def one(_):
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_of_many_at_once_one_adds_and_each_is_counted(committed):
    assert at_once(lambda: cache.add("code", "used"), 8).count(True) == 1
    cache.set("n", 0)
    at_once(lambda: cache.incr("n"), 8)
    assert cache.get("n") == 8


def in_another_process(code: str) -> str:
    host, port, name = (connection.settings_dict[part] for part in ("HOST", "PORT", "NAME"))
    address = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        user, password = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
        address = f"postgres://{user}:{password}@{host.replace('/', '%2F')}:{port}/{name}"
    ran = subprocess.run(
        [sys.executable, "-c", ANOTHER, EMAIL, PASSWORD, code],
        cwd=settings.BASE_DIR,
        env={"DEMO": "1", "DATABASE_URL": address, "SECRET_KEY": settings.SECRET_KEY, "PATH": ""},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode().strip()


def begun() -> Client:
    client = Client()
    client.post("/sign-in/", {"login": EMAIL, "password": PASSWORD})
    return client


def test_a_code_that_was_used_on_one_process_is_refused_on_another(committed):
    secret, _ = add_app(begun())
    code = code_of(secret)
    assert in_another_process(code) == "302"
    assert "it was used before" in said(begun().post("/sign-in/second-step/", {"code": code}))
    fresh = code_of(secret, steps=1)
    assert begun().post("/sign-in/second-step/", {"code": fresh}).status_code == 302
    assert in_another_process(fresh) == "200"


def test_wrong_codes_of_two_processes_count_together(committed):
    secret, _ = add_app(begun())
    assert [in_another_process("000000") for _ in range(2)] == ["200", "200"]
    for _ in range(3):
        assert "This is not right" in said(begun().post("/sign-in/second-step/", {"code": "000000"}))
    assert "too many wrong codes" in said(begun().post("/sign-in/second-step/", {"code": code_of(secret)}))
    assert in_another_process(code_of(secret)) == "200"
