"""Loading something heavy when it is first needed, and only once."""

import threading
from collections.abc import Callable
from typing import TypeVar

Loaded = TypeVar("Loaded")


def once(load: Callable[[], Loaded]) -> Callable[[], Loaded]:
    """A function that returns what `load` gave the first time, however many threads ask.

    Unlike `functools.cache`, threads that ask during the first load wait for it rather
    than loading again. A load that fails is tried again by the next caller.
    """
    lock = threading.Lock()
    held: list[Loaded] = []

    def get() -> Loaded:
        if not held:
            with lock:
                if not held:
                    held.append(load())
        return held[0]

    return get
