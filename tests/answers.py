"""What the server answered, as tests read it."""

import re
from html import unescape
from html.parser import HTMLParser


def said(response) -> str:
    return response.content.decode()


def html_of(response) -> str:
    """With its tags, and each sign as a reader sees it."""
    return unescape(said(response))


def words_of(response) -> str:
    """Without its tags, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", said(response))).split())


class Boxes(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.form = self.area = self.select = ""

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        name, value = has.get("name", ""), has.get("value") or ""
        if tag == "form":
            self.form = has.get("method", "")
        if self.form != "post":
            return
        if tag == "textarea":
            self.area = name
            self.sent[name] = [""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in has:
            self.sent.setdefault(self.select, []).append(value)
        elif tag == "input" and (has.get("type") not in ("checkbox", "radio") or "checked" in has):
            self.sent.setdefault(name, []).append(value or ("on" if has.get("type") == "checkbox" else ""))

    def handle_data(self, data):
        if self.area:
            self.sent[self.area][0] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            # A browser leaves out the first line break.
            self.sent[self.area][0] = self.sent[self.area][0].removeprefix("\n")
            self.area = ""
        elif tag == "form":
            self.form = ""


def sent_by(page) -> dict[str, list[str]]:
    """What a browser sends of the page's form if nothing in it is touched, by name: each with its texts."""
    boxes = Boxes()
    boxes.feed(said(page))
    return boxes.sent
