"""Files that commands read: a plan's table, what it says of itself, a partnership."""

from pathlib import Path

from gscp.record.fields import UNSTORABLE


class Unreadable(ValueError):
    """A file cannot be read as what it should be; the message says what is wrong, and where."""


def is_storable(text: str) -> bool:
    return not UNSTORABLE.search(text)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark; line breaks stay as they are.

    Raises:
        Unreadable: there is no such file, it is not UTF-8, or holds a character that cannot be stored.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be opened: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is not UTF-8 text: save it as “CSV UTF-8” or plain UTF-8.") from error
    if unstorable := UNSTORABLE.search(text):
        line = text.count("\n", 0, unstorable.start()) + 1
        raise Unreadable(f"{path.name}, line {line}: it holds a character that cannot be stored. Remove it.")
    return text
