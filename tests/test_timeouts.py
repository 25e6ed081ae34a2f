"""When a session ends by itself: after an hour of nothing, after half a day, with its account or password."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from gscp.timeouts import BEGAN, SEEN
from tests.conftest import PASSWORD

# Once: moments in a session, compared in Python.
pytestmark = [pytest.mark.django_db, pytest.mark.run_in("sqlite")]
PAGE = "/plans/2021-22/"


def put_back(client, **seconds) -> None:
    session = client.session
    for moment, back in seconds.items():
        session[moment] = int(time.time()) - back  # who signs in may have done so before this test
    session.save()


def test_a_chair_who_did_nothing_for_too_long_is_signed_out(sign_in):
    chair = sign_in("cem.chair")
    put_back(chair, **{SEEN: settings.SIGNED_IN_IDLE - 60})
    assert chair.get(PAGE).status_code == 200
    put_back(chair, **{SEEN: settings.SIGNED_IN_IDLE + 60})
    key = chair.session.session_key
    assert chair.get(PAGE).url == f"/sign-in/?next={PAGE}"
    assert not Session.objects.filter(pk=key).exists(), "the server has forgotten it too"


def test_a_chair_who_works_on_stays_until_the_session_is_too_old(sign_in):
    chair = sign_in("cem.chair")
    for _ in range(3):
        put_back(chair, **{SEEN: settings.SIGNED_IN_IDLE - 60})
        assert chair.get(PAGE).status_code == 200
    put_back(chair, **{BEGAN: settings.SIGNED_IN_AT_MOST + 60})
    assert chair.get(PAGE).status_code == 302


def test_a_session_that_does_not_say_when_it_began_is_over(sign_in):
    chair = sign_in("cem.chair")
    session = chair.session
    del session[BEGAN]
    session.save()
    assert chair.get(PAGE).status_code == 302


def test_the_scrutineer_whose_database_is_read_only_stays_too(sign_in):
    scrutineer = sign_in("scrutineer")
    put_back(scrutineer, **{SEEN: settings.SIGNED_IN_IDLE - 60})
    before = scrutineer.session[SEEN]
    assert scrutineer.get(PAGE).status_code == 200
    assert scrutineer.session[SEEN] > before


def test_a_new_password_ends_the_other_sessions(sign_in):
    here, elsewhere = sign_in("cem.chair"), sign_in("cem.chair")
    new = "otters under the mash"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/account/password/", sent).status_code == 302
    assert [here.get(PAGE).status_code, elsewhere.get(PAGE).status_code] == [200, 302]


def test_a_deactivated_account_is_out_at_the_next_request(sign_in, user, on_record):
    chair = sign_in("cem.chair")
    assert chair.get(PAGE).status_code == 200
    with on_record("Left the council"):
        leaver = user("cem.chair")
        leaver.is_active = False
        leaver.save()
    assert chair.get(PAGE).status_code == 302


def test_in_earnest_it_is_an_hour_and_half_a_day_and_the_cookies_are_of_this_host_alone():
    names = ["SIGNED_IN_IDLE", "SIGNED_IN_AT_MOST", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME"]
    asked = (
        f"import json; from gscp import settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"
    )
    earnest = {"SECRET_KEY": "x" * 60, "RECORD_KEY": "0" * 64, "ALLOWED_HOSTS": "plan.example"}
    others = {name: value for name, value in os.environ.items() if name != "DEMO"}
    folder = Path(__file__).parent.parent
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=folder, env=others | earnest, capture_output=True, check=True
    )
    assert json.loads(told.stdout) == [3600, 43_200, "__Host-session", "__Host-csrf"]
