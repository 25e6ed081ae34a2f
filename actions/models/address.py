"""What stands for an action in its address."""

import re
from unicodedata import normalize

ADDRESS_LENGTH = 40  # leaves room for the number that tells two addresses apart
NOT_AN_ADDRESS = "new"  # of an action: the form that adds one is there


def address_of(ref: str) -> str:
    """A printed reference as a part of an address, never empty: 005 stays 005, 2 (i) becomes 2-i."""
    plain = normalize("NFKD", ref).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain)[:ADDRESS_LENGTH].strip("-") or "action"
