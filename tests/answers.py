"""What the server answered, as tests read it."""

import re
from html import unescape


def said(response) -> str:
    return response.content.decode()


def html_of(response) -> str:
    """With its tags, and each sign as a reader sees it."""
    return unescape(said(response))


def words_of(response) -> str:
    """Without its tags, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", said(response))).split())
