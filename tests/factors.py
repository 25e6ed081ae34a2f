"""Second factors in tests: the codes that an app on a telephone would show."""

import base64
import hmac
import re
import struct
import time

from django.test import Client

from tests.answers import said

APP = "/account/second-factor/app/"
FACTORS = "/account/second-factor/"
CODES = "/account/second-factor/codes/"


def code_of(secret: str, steps: int = 0) -> str:
    """As RFC 6238 has it; of another half minute by `steps`."""
    moment = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.digest(base64.b32decode(secret), moment, "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def secret_on(page: str) -> str:
    return re.search(r'gscp-key">(\w+)<', page)[1]


def add_app(client: Client) -> tuple[str, list[str]]:
    """The secret that the telephone has now, and the recovery codes that are shown once."""
    secret = secret_on(client.get(APP).content.decode())
    answer = client.post(APP, {"code": code_of(secret)})
    assert answer.url == CODES, said(answer)
    return secret, re.findall(r"<code>(\d{8})</code>", client.get(CODES).content.decode())
