"""python -m tests.suite [what pytest takes]: pytest, with room on the stack for all that it calls.

CPython 3.11 keeps frames in chunks of 16 KB, and gives a chunk back to the system when the call that began
it ends. A loop that calls across the end of a chunk asks the system for memory at each call. The calls of a
test are some sixty deep, and that took more than a quarter of its time. A frame that needs more gets a chunk
of its own, and what it calls uses the rest of that.
"""

import sys
from collections.abc import Callable

import pytest

ROOM = 2**17  # words; the chunk has twice as many, since its size is a power of two


def with_room(call: Callable[[], int]) -> int:
    return call()


with_room.__code__ = with_room.__code__.replace(co_stacksize=ROOM)

if __name__ == "__main__":
    sys.exit(with_room(pytest.main))
