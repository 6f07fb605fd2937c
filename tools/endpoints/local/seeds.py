"""Chance that repeats itself: the same arguments give the same result."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def seed_of(arguments: Mapping[str, Any]) -> int:
    """A number made of the arguments; a file counts by what it holds, not by its name."""
    digest = hashlib.sha256()
    for name in sorted(arguments):
        value = arguments[name]
        held = value.read_bytes() if isinstance(value, Path) else str(value).encode("utf-8")
        digest.update(name.encode() + b"\0" + hashlib.sha256(held).digest())
    return int.from_bytes(digest.digest()[:6], "big")


@contextmanager
def seeded(arguments: Mapping[str, Any]) -> Iterator[None]:
    """A time in which torch draws the numbers that belong to the arguments."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(arguments))
        yield
