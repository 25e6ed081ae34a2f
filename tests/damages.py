"""Damages that no program of ours would do, each a statement in SQL, and what a walk says of it."""

from gscp.record import Change, ChangeText


def places() -> dict[str, int | str]:
    """Numbers of entries for the statements: one with a note, one after it, two of actions."""
    texts, actions = ChangeText.objects.exclude(value=""), Change.objects.filter(model="actions.action")
    note = texts.filter(field="note").earliest("change_id").change_id
    titled = texts.filter(field="title", change__in=actions).earliest("change_id").change_id
    untitled = actions.exclude(number__in=texts.filter(field="title").values("change")).earliest("number")
    others = ", ".join(f'"{f.column}"' for f in Change._meta.concrete_fields if not f.primary_key)
    return {
        "note": note, "later": note + 2, "titled": titled, "untitled": untitled.number, "others": others
    }  # fmt: skip


STRANGE = {
    "half a letter": (
        """UPDATE gscp_change SET line = '{{"\\ud800": 1}}' WHERE number = {note}""",
        "“?”",
    ),
    "an entry before the first": (
        "INSERT INTO gscp_change SELECT 0 AS number, {others} FROM gscp_change WHERE number = 1",
        "no entry can have such a number",
    ),
    "an entry on no record": (
        "UPDATE gscp_change SET model = 'no.such' WHERE number > {note}",
        "it has no history row",
    ),
    "a hash that is none": (
        "UPDATE gscp_change SET hash = 'zz' WHERE number = (SELECT max(number) FROM gscp_change)",
        "its hash is not that of its line",
    ),
    "differences too deep to read": (
        f"UPDATE gscp_change SET differences = '{'[' * 999}{']' * 999}' WHERE number = {{note}}",
        "it cannot be compared",
    ),
    "a line that is another thing": (
        "UPDATE gscp_change SET line = '[1]' WHERE number = {note}",
        "its line does not",
    ),
    "a salt that is none": (
        "UPDATE gscp_changetext SET salt = 'zz' WHERE change_id = {note}",
        "it cannot be compared",
    ),
    "a line that has no row": (
        "UPDATE gscp_change SET line = '{{\"row\":[1]}}' WHERE number = {note}",
        "its line does not",
    ),
    # Read as hex it is what the line commits to; the checker of an export refuses it, too.
    "a salt in capitals": (
        "UPDATE gscp_changetext SET salt = upper(salt) WHERE change_id = {note}",
        "the salt of “note” is not written as the record writes it",
    ),
    "an entry of another action": (
        "UPDATE gscp_change SET action = 999 WHERE model = 'actions.action'",
        "its history row is of another record, person or moment",
    ),
    "an entry before its time": (
        "UPDATE gscp_change SET at = '2021-03-31 23:00:00' WHERE number = {note}",
        "its moment is before that of the entry before it",
    ),
    "an empty text with a salt": (
        "UPDATE gscp_changetext SET value = '' WHERE change_id = {note}",
        "the salt of “note” is not written as the record writes it",
    ),
    "an empty text that replaces none": (
        "INSERT INTO gscp_changetext (change_id, field, salt, value) VALUES ({untitled}, 'title', '', '')",
        "nothing was there before “title”, and nothing is",
    ),
    "a line too deep to read": (
        f"UPDATE gscp_change SET line = '{'[' * 99_999}' WHERE number = {{note}}",
        "it cannot be compared",
    ),
}
OF_SQLITE = {
    "a number in bytes": (
        "UPDATE gscp_change SET number = x'ff' WHERE number = {later}",
        "no entry can have such a number",
    ),
    "a salt with a space": (
        "UPDATE gscp_changetext SET salt = salt || ' ' WHERE change_id = {note}",
        "the salt of “note” is not written as the record writes it",
    ),
    "a number that is none": (
        "UPDATE gscp_change SET number = 'x' WHERE number = (SELECT max(number) FROM gscp_change)",
        "no entry can have such a number",
    ),
    "a number with a fraction": (
        "INSERT INTO gscp_change SELECT number + 0.5 AS number, {others} FROM gscp_change "
        "WHERE number = (SELECT max(number) FROM gscp_change)",
        "no entry can have such a number",
    ),
    "a number past all in the place of none": (
        "UPDATE gscp_change SET action = 9e999 WHERE number = {later}",
        "its line does not say what stands in the tables: “concerns.action”",
    ),
    "the same in a row and its history": (
        "UPDATE actions_historicalaction SET theme_id = 9e999 WHERE theme_id IS NULL",
        "its line does not say what stands in the tables: “row.theme_id”",
    ),
    "an empty text in bytes": (
        "UPDATE actions_historicalaction SET title = x'' WHERE title = ''",
        "“title” is another text, and its entry does not say so",
    ),
    "a text in bytes": (
        "UPDATE gscp_changetext SET value = CAST(value AS BLOB) "
        "WHERE change_id = {titled} AND field = 'title'",
        "it cannot be compared",
    ),
    "a moment that is none": (
        "UPDATE gscp_change SET at = '2099-99-99 08:00:00' WHERE number = {later}",
        "its moment is none",
    ),
    "an act that goes on after its end": (
        "UPDATE gscp_change SET act = act || char(0) || 'more' WHERE number = {note}",
        "“act”",
    ),
    "a moment that goes on after its end": (
        "UPDATE gscp_change SET at = at || char(0) || 'more' WHERE number = {note}",
        "“at”",
    ),
    "a text of no entry": (
        "UPDATE gscp_changetext SET change_id = 'x' WHERE id = (SELECT max(id) FROM gscp_changetext)",
        "a row carries a number that no entry has",
    ),
    "a copy of no entry": (
        "UPDATE actions_historicalaction SET change_id = 'x' WHERE history_id = 1",
        "a row carries a number that no entry has",
    ),
    "a name in no encoding": (
        "UPDATE gscp_change SET object_name = CAST(x'ff41' AS TEXT) WHERE number = {note}",
        "cannot be read",
    ),
    "a day with a tail": (
        "UPDATE actions_historicalbusinessplan SET first_day = first_day || ' 12:00'",
        "“row.first_day”",
    ),
    "a moment with a tail": ("UPDATE gscp_change SET at = at || ' and more' WHERE number = {note}", "“at”"),
    "a moment in other words": (
        "UPDATE gscp_change SET at = replace(at, ' ', 'T') WHERE number = {note}",
        "“at”",
    ),
    "a moment in bytes": ("UPDATE gscp_change SET at = CAST(at AS BLOB) WHERE number = {note}", "“at”"),
    "an act in bytes": ("UPDATE gscp_change SET act = CAST(act AS BLOB) WHERE number = {note}", "“act”"),
    "a day in bytes": (
        "UPDATE actions_historicalbusinessplan SET first_day = CAST(first_day AS BLOB)",
        "“row.first_day”",
    ),
    "differences in other words": (
        "UPDATE gscp_change SET differences = replace(differences, ': ', ':  ') WHERE number > {note}",
        "not written as the record writes them",
    ),
    "a truth that is neither": (
        "UPDATE gscp_change SET created = 7 WHERE number = {note}",
        "“created” is not what its history row says",
    ),
    "a name in bytes": (
        "UPDATE gscp_change SET object_name = CAST(object_name AS BLOB) WHERE number = {note}",
        "it cannot be compared",
    ),
}

# What pages come upon: of these its own page says that it cannot be read.
UNREADABLE = {
    "differences that are a number": "UPDATE gscp_change SET differences = '5' WHERE number = {note}",
    "a difference that is none": "UPDATE gscp_change SET differences = '[1]' WHERE number = {note}",
}
UNREADABLE_OF_SQLITE = {
    "differences that are no JSON": "UPDATE gscp_change SET differences = '[{{' WHERE number = {note}",
    "a moment in year 1": "UPDATE gscp_change SET at = '0001-01-01 00:00:00' WHERE number = {note}",
    "an act that is none": "UPDATE gscp_change SET act = 'x' WHERE number = {note}",
    "a line in no encoding": "UPDATE gscp_change SET line = CAST(x'ff41' AS TEXT) WHERE number = {note}",
}
NUMBERED_ANEW = {
    "a number before all": "UPDATE gscp_change SET number = -5 WHERE number = {note}",
    "a number past all": f"UPDATE gscp_change SET number = {10**17} WHERE number = {{note}}",
}
FOUND_BY_A_WALK = {what: statement for what, (statement, _) in (STRANGE | OF_SQLITE).items()}
DAMAGES = FOUND_BY_A_WALK | UNREADABLE | UNREADABLE_OF_SQLITE | NUMBERED_ANEW
