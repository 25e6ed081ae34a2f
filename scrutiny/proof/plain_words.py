"""What a check found, each with a sentence that needs no knowledge of how the record is made."""

import re

NAMED = re.compile(r"Entry (\d+): (.*)", re.DOTALL)
# What a finding's own words contain, and the sentence for it: the first that fits.
SENTENCES = [
    ("the file of evidence", "A file of evidence is gone, or is not the one that was kept."),
    ("it is missing", "It is gone from the record."),
    ("is gone", "Something that was recorded is gone."),
    ("stands here again", "A text that had been taken out is back."),
    ("its hash is not that", "It was altered after it was recorded, or the change before it was."),
    ("row of today", "What pages show today is not what was recorded."),
    ("what stands in the tables", "It does not say any more what was recorded."),
    ("another text", "A text is not the one that was written."),
    ("is not the text", "A text is not the one that was written."),
    ("commits to", "A text is not the one that was written."),
    ("sign", "It does not carry the right signature."),
    ("its moment", "Its date or time is not right."),
    ("did not hold these posts", "Whoever did this did not hold that post on that day."),
    ("might not", "Whoever entered this decision was not allowed to."),
    ("not for this meeting", "This meeting could not decide it."),
    ("its meeting ", "Whether this decision counts does not fit who was at its meeting."),
    ("nobody else asked for this redaction", "A text was taken out by one person alone."),
    ("history row", "What is kept about it is not what was recorded."),
    ("the index", "The database leaves some rows out when it looks them up."),
    ("cannot be", "It cannot be read."),
]
OTHER = "It is not as it was recorded."


def in_plain_words(found: str) -> list[tuple[int | None, str, str]]:
    """Findings as they are kept, a line each: a change's number, a sentence, and the finding's own words."""
    rows: list[tuple[int | None, str, str]] = []
    for line in filter(None, found.split("\n")):
        named = NAMED.fullmatch(line)
        number, words = (int(named[1]), named[2]) if named else (None, line)
        rows.append((number, next((plain for part, plain in SENTENCES if part in words), OTHER), words))
    return rows
