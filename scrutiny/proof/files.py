"""The files of evidence: each is in the store, with the bytes that the record has the hash of."""

from collections.abc import Iterator

from actions.models import Evidence
from gscp import store
from gscp.record import TOMBSTONE
from scrutiny.proof.findings import Finding


def findings() -> Iterator[Finding]:
    """Reads every file, so it is asked of a whole check alone."""
    rows = Evidence.objects.exclude(sha256__in=("", TOMBSTONE)).order_by("pk")
    known = list(rows.values_list("pk", "change_id", "sha256"))
    evidence_of: dict[str, list[int]] = {}
    for pk, _, sha256 in known:
        evidence_of.setdefault(sha256, []).append(pk)
    wrong = {sha256: what for sha256 in evidence_of if (what := what_is_wrong(sha256, evidence_of))}
    for pk, number, sha256 in known:
        # It may have been taken out of the record while this was read.
        if sha256 in wrong and Evidence.objects.filter(pk=pk, sha256=sha256).exists():
            yield Finding(number, f"the file of evidence {pk} {wrong[sha256]}.")


def what_is_wrong(sha256: str, evidence_of: dict[str, list[int]]) -> str:
    try:
        store.read(sha256)
    except store.Missing:
        return "is missing in the store"
    except store.Altered as altered:
        if others := evidence_of.get(altered.found):
            return f"was swapped: in its place lies that of evidence {others[0]}"
        return "was altered: its bytes are not those that were kept"
    except store.Trouble:
        return "cannot be read: the store does not answer"
    return ""
