"""What tests have worked out of the record, for those after them in the same process."""

from typing import Any

from gscp.kept import Kept

MOST_BYTES = 2**25
SHARED = Kept(MOST_BYTES)


def to_begin_with(request: Any) -> Kept:
    """What earlier tests worked out of the same last entry; nothing, where that might not hold.

    Tests that run on both databases may change rows behind the record. A test, or a fixture of its own, that
    asks for `monkeypatch` or `settings` may patch what is worked out.
    """
    marker = request.node.get_closest_marker("run_in")
    is_alone = {"monkeypatch", "settings"} & set(request.fixturenames)
    return SHARED if marker and marker.args == ("sqlite",) and not is_alone else Kept(MOST_BYTES)
