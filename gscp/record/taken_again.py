"""After a restore: what was taken out since the backup was made is taken out again."""

from collections.abc import Iterable

from gscp.record.change import TOMBSTONE, ChangeText
from gscp.record.recording import ActorLike, recording
from gscp.record.redaction import Redaction
from gscp.record.taken_out import TakenOut, as_listed

REPEATED = "Taken out again: a backup from before it was taken out was restored."


def all_taken_out() -> list[TakenOut]:
    rows = Redaction.objects.filter(state=Redaction.State.DONE).select_related("change")
    return as_listed(rows.order_by("pk"))


def still_there(listed: Iterable[TakenOut]) -> list[TakenOut]:
    """Those whose text the record has."""
    return [
        one
        for one in listed
        if ChangeText.objects.filter(change=one.entry, change__hash=one.hash, field=one.field)
        .exclude(value=TOMBSTONE)
        .exclude(value="")
        .exists()
    ]


def repeat(one: TakenOut, asks: ActorLike, decides: ActorLike) -> None:
    """Take it out again, in the names of the two who had it taken out, as two acts that say so."""
    if one not in still_there([one]):  # it went with another
        return
    waiting = Redaction.objects.asked().filter(entry=one.entry, field=one.field)
    if not waiting.exists():
        with recording(asks, REPEATED):
            Redaction.ask(ChangeText.objects.select_related("change").get(change=one.entry, field=one.field))
    with recording(decides, REPEATED):
        waiting.get().consent()
