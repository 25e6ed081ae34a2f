"""What was done about the partnership and its meetings, in sentences; and from which post."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils.text import get_text_list

from gscp.acts import Act, Said, Sentence, labels, short_day, words
from gscp.dates import read_day
from gscp.record import Change, Names, is_like_tombstone
from gscp.words import lower_first
from subgroups.models import Meeting

POST = re.compile(r"\{subgroups\.post:[0-9]{1,15}\}")
PARTNER = re.compile(r"\{subgroups\.partner:[0-9]{1,15}\}")
SOMEBODY = "Somebody"
NOBODY = 0  # the key of no row: where nothing is to be looked up, a page costs as many queries


class Known:
    """The meetings that entries refer to, and the names of their groups: two queries."""

    def __init__(self, entries: Iterable[Change]):
        entries = list(entries)
        ids = self.ids(entries, "meeting_id")
        ids |= {change.object_id for change in entries if change.model == "subgroups.meeting"}
        rows = columns_of(Meeting, ids, "group", "date")
        self.meetings = {pk: (group, day) for pk, group, day in rows}
        groups = {group for group, _ in self.meetings.values()} | self.ids(entries, "to_group_id") | {NOBODY}
        self.names = Names(("subgroups.group", str(group)) for group in groups)

    @staticmethod
    def ids(entries: Iterable[Change], column: str) -> set[int]:
        return {change.row[column] for change in entries if isinstance(change.row.get(column), int)}

    def group(self, pk: int | None, number: int) -> str:
        """What the group was called at this entry."""
        name = self.names.in_words(f"{{subgroups.group:{pk}}}", number)
        return "a group" if pk is None or is_like_tombstone(name) else f"the {name}"

    def meeting(self, pk: int | None, change: Change, year: int) -> tuple[str, str]:
        """Its group and its day; where a day was given in this entry, that one."""
        group, day = self.meetings.get(pk, (None, None)) if pk else (None, None)
        return self.group(group, change.number), short_day(change.row.get("date") or day, year)

    def day_of_meeting(self, pk: int | None) -> date | None:
        return self.meetings[pk][1] if pk in self.meetings else None


def columns_of(model: Any, keys: set[int], *names: str) -> list[Any]:
    """Key and columns of these rows, by a statement that Django would take longer to build than to run."""
    columns = ", ".join(f'"{model._meta.get_field(name).column}"' for name in ("id", *names))
    among = ", ".join(map(str, sorted(keys | {NOBODY})))
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {columns} FROM "{model._meta.db_table}" WHERE "id" IN ({among})')  # noqa: S608
        return cursor.fetchall()


def posts(change: Change) -> list[str]:
    """What the posts were called that its writer held then, without their organisations."""
    named = POST.findall(change.actor_post) or [
        title.partition(", ")[0] for title in change.actor_post.split("; ")
    ]
    return [name for name in map(change.in_words, named) if name]


def subject(act: Act) -> str:
    """Who did it: by post or, where nobody with a post did, by name."""
    change = act.last
    named = [name for name in posts(change) if not is_like_tombstone(name)]
    if named:
        return get_text_list([f"The {named[0]}", *(f"the {name}" for name in named[1:])], "and")
    if change.actor_id is None and change.actor_name:
        return f"The {lower_first(change.actor_in_words)}"
    return SOMEBODY if is_like_tombstone(change.actor_in_words) else change.actor_in_words


def recorded_by(act: Act) -> str:
    """Who recorded it and from which post, as far as its sentence does not say it."""
    change = act.last
    if change.actor_id is None:
        return ""  # the sentence names the command
    organisations = list(dict.fromkeys(map(change.in_words, PARTNER.findall(change.actor_post))))
    own = posts(change)
    name = [] if change.actor_in_words in own else [change.actor_in_words]
    if act.said.text.startswith(subject(act)):
        return ", ".join([*name, *organisations])
    return f"recorded by {', '.join([*name, *own, *organisations] or [change.actor_in_words])}"


def the(change: Change) -> str:
    """What the record was called then; for example: the MASH Subgroup Chair."""
    name = change.object_in_words
    return "one whose name was taken out" if is_like_tombstone(name) else f"the {name}"


def edited(act: Act, change: Change, what: str) -> str:
    """The sentence of a form that changed what was on record."""
    return f"{subject(act)} changed {what}: {labels([change])}"


def attendance(act: Act, change: Change, known: Known) -> Said:
    group, day = known.meeting(change.row.get("meeting_id"), change, act.day.year)
    corrects = not all(one.created for one in act.of(change.model))
    text = f"{subject(act)} {'corrected' if corrects else 'recorded'} who was at {group} on {day}"
    held = act.first_of("subgroups.meeting")
    _, went_on = words(held).get("why_it_went_on", ("", "")) if held else ("", "")
    note = f"The chair went on without enough partners: “{went_on}”" if went_on else ""
    return Said(text, why=reason(act), note=note)


def meeting(act: Act, change: Change, known: Known) -> str:
    group, day = known.meeting(change.object_id, change, act.day.year)
    if change.created:
        return f"{subject(act)} recorded a meeting of {group} on {day}"
    changed = words(change)
    if "called_off" in changed:
        did = "called off" if changed["called_off"][1] == "Yes" else "called again"
        return f"{subject(act)} {did} the meeting of {group} on {day}"
    if "date" in changed:
        was = changed["date"][0].removesuffix(f" {act.day.year}")
        return f"{subject(act)} moved the meeting of {group} from {was} to {day}"
    return edited(act, change, f"the meeting of {group} on {day}")


def holding(act: Act, change: Change, known: Known) -> str:
    rows = act.of(change.model)
    changed = (one for one in rows if not one.created)
    if accepted := next((one for one in changed if words(one).get("accepted", ("", ""))[1] == "Yes"), None):
        return f"{subject(act)} accepted who holds the post {post_of(accepted)}"
    if stays := next((one for one in rows if words(one).get("ended_on", ("", "x"))[1] == ""), None):
        was_to_end = read_day(*words(stays)["ended_on"][0].split())
        if was_to_end and was_to_end > act.day:
            return f"{subject(act)} recorded that who holds the post {post_of(stays)} keeps it"
        return f"{subject(act)} gave the post {post_of(stays)} back to who held it before"
    begun = next((one for one in rows if one.created), None)
    ended = next((one for one in rows if "ended_on" in words(one)), None)
    if begun:
        new, from_day = words(begun), short_day(begun.row.get("started_on"), act.day.year)
        post, holder = new.get("post", ("", ""))[1], new.get("user", ("", ""))[1]
        who = "somebody else" if holder == post or is_like_tombstone(holder) else holder
        return (
            f"{subject(act)} handed over the post {post} to {who} from {from_day}"
            if ended
            else f"{subject(act)} gave the post {post} to {holder or who} from {from_day}"
        )
    if ended and not any("started_on" in words(one) for one in rows):  # nobody took it over
        day = short_day(ended.row.get("ended_on"), act.day.year)
        return f"{subject(act)} recorded that nobody holds the post {post_of(ended)} from {day}"
    return f"{subject(act)} corrected the day from which somebody holds the post {post_of(change)}"


def post_of(held: Change) -> str:
    return held.in_words(next(iter(POST.findall(held.object_name)), "")) or "that was named"


def day_before(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) - timedelta(days=1)
    except ValueError:  # a line that is damaged
        return None


def group(act: Act, change: Change, known: Known) -> str:
    changed, row, year = words(change), change.row, act.day.year
    if change.created:
        return f"{subject(act)} added a group: {the(change)}"
    if changed.get("ended_on", ("", ""))[1]:
        last = short_day(day_before(row.get("ended_on")), year)
        return f"{subject(act)} recorded that the last day of {the(change)} is {last}"
    if changed.get("established_on", ("", ""))[1]:
        day = short_day(row.get("established_on"), year)
        return f"{subject(act)} recorded that {the(change)} is in place from {day}"
    return edited(act, change, the(change))


def partner(act: Act, change: Change, known: Known) -> str:
    succession = next((one for one in act.of(change.model) if "succeeded_by" in words(one)), None)
    if succession:
        new, day = (
            words(succession)["succeeded_by"][1],
            short_day(succession.row.get("ended_on"), act.day.year),
        )
        return (
            f"{subject(act)} recorded that {new} takes the place of {succession.object_in_words} from {day}"
        )
    if change.created:
        return f"{subject(act)} added a partner: {change.object_in_words}"
    return f"{subject(act)} changed {change.object_in_words}: {labels(act.of(change.model))}"


def post(act: Act, change: Change, known: Known) -> str:
    if change.created:
        return f"{subject(act)} added a post: {the(change)}"
    return edited(act, change, f"the post of {the(change)}")


def quorum(act: Act, change: Change, known: Known) -> str:
    name = change.object_in_words.partition("Quorum of the ")[2].rpartition(", part")[0]
    return f"{subject(act)} recorded how many partners the {name or 'group'} needs"


MARKS = {"changed_on", "confirmed_by"}  # of a measure: whether its changes are confirmed


def measure(act: Act, change: Change, known: Known) -> Said | str:
    if change.created:
        return f"{subject(act)} added a measure: {change.object_in_words}"
    name, changed = f"the measure “{change.object_in_words}”", words(change)
    if changed.keys() <= MARKS:
        if changed.get("confirmed_by", ("", ""))[1]:
            others = f" and {len(act.entries) - 1} more" if len(act.entries) > 1 else ""
            return f"{subject(act)} confirmed what was changed in {name}{others}"
        for model, sentence in (("subgroups.target", target), ("subgroups.baseline", baseline)):
            if part := act.first_of(model):
                return sentence(act, part, known)
        return f"{subject(act)} changed {name}{agencies(act)}"
    return f"{subject(act)} changed {name}: {labels([change], without=MARKS)}{agencies(act)}"


def measure_agencies(act: Act, change: Change, known: Known) -> str:
    name = change.in_words(change.object_name.rpartition(": ")[0])
    return f"{subject(act)} changed the agencies of the measure “{name}”{agencies(act)}"


def agencies(act: Act) -> str:
    """Which ones this act added to a measure and took out of it."""
    rows = act.of("subgroups.measureagency")
    did = {
        "added": [one for one in rows if one.created],
        "took out": [one for one in rows if not one.created],
    }
    return "".join(f"; {what} {get_text_list(partners(some), 'and')}" for what, some in did.items() if some)


def partners(changes: Iterable[Change]) -> list[str]:
    """The names of those that these rows are about."""
    return [change.in_words(name) for change in changes for name in PARTNER.findall(change.object_name)]


def target(act: Act, change: Change, known: Known) -> str:
    name = change.object_in_words.removeprefix("Target of ")
    from_day = short_day(change.row.get("period"), act.day.year)
    if change.row.get("value") is None:
        return f"{subject(act)} recorded that “{name}” has no target from {from_day}"
    return f"{subject(act)} set a target for “{name}” from {from_day}"


def baseline(act: Act, change: Change, known: Known) -> Said:
    name = change.object_in_words.removeprefix("New baseline of ")
    from_day = short_day(change.row.get("period"), act.day.year)
    if not change.created:
        text = f"{subject(act)} took back the new baseline of “{name}” from {from_day}"
        return Said(text, words(change).get("taken_back", ("", ""))[1])
    text = f"{subject(act)} began a new baseline of “{name}” from {from_day}"
    return Said(text, words(change).get("why", ("", ""))[1])


def reading(act: Act, change: Change, known: Known) -> Said:
    """Figures are told by measure and period alone: a sentence may go where a small one may not."""
    rows = act.of(change.model)
    for_chair = " for the chair" if change.row.get("on_behalf") else ""
    others = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    if not change.created:
        return Said(f"{subject(act)} confirmed the figure of {change.object_in_words}{others}")
    if change.row.get("corrects_id"):
        text = f"{subject(act)} corrected{for_chair} the figure of {change.object_in_words}"
        return Said(text, words(change).get("what_was_wrong", ("", ""))[1], "What was wrong")
    return Said(f"{subject(act)} entered{for_chair} the figure of {change.object_in_words}{others}")


CONFIRMED = {"confirmed_by", "part_confirmed_by"}  # of a line of a register: whether it is confirmed
PARTS = {"subgroups.audit": "subgroups.auditresult", "subgroups.trainingevent": "subgroups.trainingplaces"}


def line_of_register(act: Act, change: Change, known: Known) -> Said:
    changed = words(change)
    confirmed = {name for name in CONFIRMED if changed.get(name, ("", ""))[1]}
    if changed.keys() <= CONFIRMED and not confirmed and not change.created:
        return numbers_of_agencies(act, act.first_of(PARTS[change.model]) or change, known)
    if changed.keys() <= CONFIRMED:
        lines = {one.object_name for one in act.entries if one.model == change.model}
        others = f" and {len(lines) - 1} more" if len(lines) > 1 else ""
        what = "the numbers of" if "confirmed_by" in confirmed else "what others entered in"
        return Said(f"{subject(act)} confirmed {what} {lower_first(change.object_in_words)}{others}")
    was, now = changed.get("impact_on", ("", ""))
    is_impact = now and not was and not change.created
    did = "recorded" if change.created else "recorded the impact of" if is_impact else "changed"
    return Said(f"{subject(act)} {did} {lower_first(change.object_in_words)}", reason(act))


def numbers_of_agencies(act: Act, change: Change, known: Known) -> Said:
    """Of a line of a register of which nothing else was changed."""
    line = lower_first(change.in_words(change.object_name.rpartition(", ")[0]))
    whose = get_text_list(partners(act.of(change.model)), "and")
    return Said(f"{subject(act)} changed the numbers of {whose} in {line}", reason(act))


def user(act: Act, change: Change, known: Known) -> str:
    if change.created:
        return f"{subject(act)} opened an account for {change.object_in_words}"
    allowed = words(change).get("is_active")
    if allowed:
        did = "opened again" if allowed[1] == "Yes" else "closed"
        return f"{subject(act)} {did} the account of {change.object_in_words}"
    return edited(act, change, f"the account of {change.object_in_words}")


def partnership(act: Act, change: Change, known: Known) -> str:
    if change.created:
        return f"{subject(act)} put {the(change)} on record"
    return edited(act, change, "what stands about the partnership")


def redaction(act: Act, change: Change, known: Known) -> str:
    did = {
        "done": "agreed that a text was taken out of the record",
        "refused": "refused to take a text out of the record",
    }
    return f"{subject(act)} {did.get(change.row.get('state', ''), 'asked to take a text out of the record')}"


def key(act: Act, change: Change, known: Known) -> str:
    lost = ", since the one before is lost" if change.row.get("lost") else ""
    return f"{subject(act)} gave the record a new key to sign with{lost}"


# What earlier versions kept as a reason where nobody had typed one.
NOBODYS_REASONS = {
    "Attendance", "Confirmed by the chair", "Raise an exception", "Ask for a new date", "Propose completion",
    "Ask to reopen", "Propose withdrawal",
}  # fmt: skip

APPOINTED = "Appointed to "  # what the command says; the sentence names the post


def reason(act: Act) -> str:
    """Why it was done, as its writer typed it; "" where nobody did."""
    given = act.last.reason
    return "" if given in NOBODYS_REASONS or given.startswith(APPOINTED) else given


def anything(act: Act, change: Change, known: Known) -> str:
    """The plain sentence about what no table has."""
    did = "recorded" if change.created else "changed"
    what = f": {labels([change])}" if not change.created and change.differences else ""
    return f"{subject(act)} {did} {change.object_in_words}{what}"


def let_stand(act: Act, change: Change, known: Known) -> str:
    """Never all of an act: what else it recorded is told, where that was read."""
    other = next((one for one in act.entries if one.model != change.model), None)
    return anything(act, other, known) if other else f"{subject(act)} said why words may stand"


SENTENCES: dict[str, Sentence] = {
    "gscp.redaction": redaction,
    "gscp.recordkey": key,
    "subgroups.group": group,
    "subgroups.attendance": attendance,
    "subgroups.meeting": meeting,
    "subgroups.measure": measure,
    "subgroups.measureagency": measure_agencies,
    "subgroups.target": target,
    "subgroups.baseline": baseline,
    "subgroups.reading": reading,
    "subgroups.audit": line_of_register,
    "subgroups.trainingevent": line_of_register,
    "subgroups.trainingcheck": line_of_register,
    "subgroups.escalations": line_of_register,
    "subgroups.auditresult": numbers_of_agencies,
    "subgroups.trainingplaces": numbers_of_agencies,
    "subgroups.postholding": holding,
    "subgroups.partner": partner,
    "subgroups.post": post,
    "subgroups.quorumpart": quorum,
    "subgroups.quorumpartner": quorum,
    "subgroups.user": user,
    "subgroups.partnership": partnership,
    "gscp.identitycheck": let_stand,  # the last: it is beside what its act is about
}
