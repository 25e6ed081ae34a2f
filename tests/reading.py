"""The texts of a page as a reader meets them, without what people typed."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import textstat

from gscp.record import ChangeText

# Each begins and ends a text of its own; other elements stand within one.
BLOCKS = {"title", "header", "footer", "main", "nav", "section", "article", "aside", "div", "p", "br", "hr"}
BLOCKS |= {"form", "fieldset", "legend", "label", "button", "select", "option", "summary", "details"}
BLOCKS |= {"h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd"}
BLOCKS |= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
# Codes are no words, and a change shown word by word is what somebody typed.
LEFT_OUT = {"script", "style", "svg", "code", "pre", "del", "ins", "textarea"}
LEFT_OUT_CLASSES = {"gscp-compared__only"}
VOID = {"br", "hr", "input", "img", "meta", "link", "rect", "path"}
TYPED = "it"
SENTENCE_END = re.compile(r"(?<=[.!?])[”’)]*\s+")


class Texts(HTMLParser):
    """The texts of a page, one for each block of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = [""]
        self.left_out: list[str] = []  # the open elements, from the first that is left out
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        classes = set((dict(attributes).get("class") or "").split())
        if self.left_out or tag in LEFT_OUT or classes & LEFT_OUT_CLASSES:
            self.left_out += [tag] if tag not in VOID else []
        elif tag in BLOCKS or "gscp-note" in classes:
            self.blocks.append("")

    def handle_endtag(self, tag):
        if self.left_out:
            if tag in self.left_out:
                while self.left_out.pop() != tag:
                    pass
                self.blocks[-1] += TYPED
        elif tag in BLOCKS:
            self.blocks.append("")

    def handle_data(self, data):
        if not self.left_out:
            self.blocks[-1] += data


def what_was_typed() -> re.Pattern[str]:
    """Finds the texts that people typed and the record holds, names of groups and posts among them."""
    typed = {
        " ".join(line.split())
        for value in ChangeText.objects.values_list("value", flat=True)
        for line in value.splitlines()
    }
    longest_first = sorted((text for text in typed if len(text) > 3), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def texts_of(html: str, typed: re.Pattern[str]) -> list[str]:
    """Each text of a page that is the application's own; what somebody typed in it is one short word."""
    blocks = (" ".join(block.split()) for block in Texts(html).blocks)
    return [typed.sub(TYPED, block) for block in blocks if block]


def sentences_in(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from SENTENCE_END.split(text)


def length(sentence: str) -> int:
    return len(re.findall(r"[\w’'-]+", sentence))


def grade(texts: list[str]) -> float | None:
    """The school year in which the sentences are read, by Flesch and Kincaid; None if there are none.

    Labels and headings are no sentences: counted as such they would hide a long one among many short.
    """
    sentences = [text for text in sentences_in(texts) if text[-1:] in ".?!" and length(text) > 3]
    return textstat.flesch_kincaid_grade(" ".join(sentences)) if sentences else None


def texts_in_code(code: str) -> Iterator[str]:
    """The string literals of a module, with “it” for what is put into them; docstrings are left out."""
    nodes = list(ast.walk(ast.parse(code)))
    left_out = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(part) for part in ast.walk(node)}
            parts = [part.value if isinstance(part, ast.Constant) else TYPED for part in node.values]
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node.value
