"""Values kept in the process, those asked for last, bounded in bytes."""

import pickle
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

SAMPLE = 100


def pickled_size(value: Any) -> int:
    if isinstance(value, tuple) and len(value) > SAMPLE:  # the first rows stand for all
        return len(pickle.dumps(value[:SAMPLE])) * len(value) // SAMPLE
    return len(pickle.dumps(value))


class Kept:
    """Values by key, those asked for last; with their keys they are at most `most_bytes`, by `size_of`.

    Pickled, as it measures them by default, they are a half to a quarter of what they take in memory.
    """

    def __init__(self, most_bytes: int, size_of: Callable[[Any], int] = pickled_size):
        self.most_bytes, self.size_of, self.lock = most_bytes, size_of, Lock()
        self.clear()

    def clear(self) -> None:
        self.bytes, self.values = 0, OrderedDict[Hashable, tuple[Any, int]]()

    def get(self, key: Hashable) -> tuple[Any, int] | None:
        with self.lock:
            if key in self.values:
                self.values.move_to_end(key)
            return self.values.get(key)

    def add(self, key: Hashable, value: Any, size: int = 0) -> None:
        """It is measured, unless its size is known."""
        size = size or self.size_of(key) + self.size_of(value)
        if size > self.most_bytes:  # it would leave room for nothing
            return
        with self.lock:
            self.bytes += size - self.values.pop(key, (None, 0))[1]
            self.values[key] = value, size
            while self.bytes > self.most_bytes:
                self.bytes -= self.values.popitem(last=False)[1][1]
