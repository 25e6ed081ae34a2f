"""What no authenticator would send, where a passkey is asked for."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from subgroups.models import DEMO_DOMAIN
from tests.answers import said
from tests.conftest import PASSWORD

ADD = "/account/second-factor/passkeys/add/"
BYTES = "AAAA"
ANSWER = {"clientDataJSON": BYTES, "authenticatorData": BYTES, "signature": BYTES, "userHandle": "MQ"}
HOSTILE = [
    "", "x", "1", "[]", "{}", "null", '"text"', "[[]]", '{"response": []}', '{"response": {"userHandle": 1}}',
    '{"response": {"userHandle": "' + "A" * 10_000 + '"}}', "[" * 5_000,
    json.dumps({"id": BYTES, "rawId": BYTES, "type": "public-key", "response": ANSWER}),
    json.dumps({"id": BYTES, "rawId": BYTES, "type": "x", "response": ANSWER | {"userHandle": "OTk5"}}),
    json.dumps({"id": BYTES, "rawId": "B", "type": "public-key", "response": {
        "clientDataJSON": BYTES, "attestationObject": "oWhhdXRoRGF0YUA"}}),
    json.dumps({"id": {}, "rawId": [], "response": {"clientDataJSON": {}, "attestationObject": 1}}),
    "x" * 100_000,
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.run_in("sqlite")  # read before anything is looked up
@pytest.mark.parametrize("credential", HOSTILE, ids=range(len(HOSTILE)))
def test_what_no_authenticator_sends_is_refused(credential, sign_in, user):
    Authenticator.objects.create(user=user("mash.chair"), type="totp", data={"secret": "sealed"})
    stranger, half, chair = Client(), Client(), sign_in("cem.chair")
    stranger.get("/sign-in/passkey/", HTTP_ACCEPT="application/json")
    assert stranger.post("/sign-in/passkey/", {"credential": credential}).status_code in (200, 302)
    assert stranger.get("/due/").status_code == 302
    half.post("/sign-in/", {"login": f"mash.chair{DEMO_DOMAIN}", "password": PASSWORD})
    half.get("/sign-in/second-step/")
    assert half.post("/sign-in/second-step/", {"credential": credential}).status_code == 200
    assert half.get("/due/").status_code == 302
    chair.get(ADD)
    answer = chair.post(ADD, {"name": "Laptop", "credential": credential})
    assert answer.status_code == 200 and "There is a problem" in said(answer)
    assert Authenticator.objects.count() == 1
