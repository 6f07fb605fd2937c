"""What the Hub has told, kept on disk: one file a kind, with the time when it was asked."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from hugginggpt.tools.candidates import Candidate


class Kept(BaseModel):
    """The models of one kind, as the Hub told of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    """Of this form; a file of another one counts as none."""
    asked_at: AwareDatetime
    models: tuple[Candidate, ...]


class _Stamp(NamedTuple):
    path: Path
    changed: int
    size: int


def folder() -> Path:
    """Where the files lie: HUGGINGGPT_CACHE_DIR, or else the user's cache folder."""
    from platformdirs import user_cache_path

    named = os.environ.get("HUGGINGGPT_CACHE_DIR")
    root = Path(named).expanduser() if named else user_cache_path("hugginggpt", appauthor=False)
    return root / "candidates"


def read(kind: str) -> Kept | None:
    """What is kept of that kind; None where there is nothing, or nothing that can be read."""
    path = folder() / f"{kind}.json"
    try:
        found = path.stat()
    except OSError:
        return None
    return _read(_Stamp(path, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=256)
def _read(stamp: _Stamp) -> Kept | None:
    """The file as it was then: it is parsed once, and again when it has changed."""
    try:
        return Kept.model_validate_json(stamp.path.read_bytes())
    except (OSError, ValidationError):
        return None


def write(kind: str, models: Sequence[Candidate]) -> None:
    """Keep the models of that kind; a disk that takes nothing is no reason to stop.

    The file appears whole, whoever else reads or writes it.
    """
    kept = Kept(asked_at=datetime.now(UTC), models=tuple(models))
    path = folder() / f"{kind}.json"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{kind}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(kept.model_dump_json(exclude_defaults=True))
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
