"""What was typed into a form, encrypted: for one person, about one form, for some time.

A page can give such a text to anybody to keep, since nobody can read or change it. The key comes from
SECRET_KEY, which the database does not hold.
"""

import base64
import json
import zlib
from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import QueryDict
from django.utils.encoding import force_bytes

MOST_BYTES = 64 * 1024
SEALED_FOR = timedelta(hours=12)  # that a page may hold a text for its writer
# Names of what a form sends beside what was typed.
MADE_FOR, SEALED, SAVE_DRAFT, DISCARD = "made_for", "sealed", "save_draft", "discard"
# By the page of a form: which one it is, and which draft it began with.
DRAFT_PAGE, DRAFT_SHOWN = "draft_page", "draft_shown"
DRAFT_NAME = "draft_name"  # what a draft's form is, and what it is about
READ_TABLE = "read_table"  # have a table read into the boxes of its form
# Whoever confirmed that nothing identifies a child is asked again.
NOT_TYPED = {
    "csrfmiddlewaretoken",
    MADE_FOR,
    SEALED,
    SAVE_DRAFT,
    DISCARD,
    READ_TABLE,
    "confirmed",
    "matches_shown",
    "why_it_stands",
}
signer = Signer(salt="gscp.made_for")


class TooLong(Exception):
    """More than MOST_BYTES were typed."""


@dataclass(frozen=True)
class Typed:
    person: int
    path: str  # of the form
    fields: QueryDict
    query: str = ""  # of the form's address
    about: str = ""  # of the form: its `mark`, "" if it is not known


def made_for(person: int, path: str, about: str) -> str:
    """What a form's page says of whom it was made for, and of which form it is (its `mark`)."""
    return signer.sign_object([person, path, about])


def read_made_for(token: str, path: str) -> tuple[int | None, str]:
    """For whom the page of the form at this path was made, and its mark; None and "" if it does not say."""
    try:
        person, made_at, about = signer.unsign_object(token)
    except (BadSignature, ValueError, TypeError):
        return None, ""
    return (person, about) if made_at == path else (None, "")


def seal(person: int, path: str, typed: QueryDict, query: str = "", about: str = "") -> str:
    """What was typed, as what_was_typed() has it, encrypted."""
    packed = json.dumps([person, path, typed.urlencode(), query, about])
    return cipher().encrypt(zlib.compress(packed.encode())).decode()


def what_was_typed(sent: QueryDict) -> QueryDict:
    """Of what a form sent.

    Raises:
        TooLong: it is more than a page or a draft can hold.
    """
    fields = QueryDict(mutable=True)
    for name, values in sent.lists():
        if name not in NOT_TYPED:
            fields.setlist(name, values)
    texts = [text for name, values in fields.lists() for text in (name, *values)]
    if sum(len(text.encode(errors="replace")) for text in texts) > MOST_BYTES:
        raise TooLong
    return fields


def unseal(sealed: str, within: timedelta | None = SEALED_FOR) -> Typed | None:
    """What was typed; None if it was not sealed by us, or not within this time."""
    seconds = int(within.total_seconds()) if within else None
    try:
        packed = zlib.decompress(cipher().decrypt(sealed.encode(), ttl=seconds))
    except (InvalidToken, UnicodeEncodeError):
        return None
    person, path, fields, *more = json.loads(packed)  # one that was sealed long ago has less
    return Typed(person, path, QueryDict(fields), *more)


def cipher(purpose: str = "gscp.sealing") -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(key_from(secret, purpose)) for secret in secrets])


def key_from(secret: str | bytes, purpose: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return base64.urlsafe_b64encode(derivation.derive(force_bytes(secret)))
