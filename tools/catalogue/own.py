"""The user's own models: a TOML file, as people kept a list of models for JARVIS.

[[model]]
path = "tickets"                   # a folder, from where this file is; or `id` or `url`
kinds = ["text-classification"]
description = "Sorts our tickets by department."
licence = "mit"                    # these need not be given
languages = ["en"]
size = 0.3                         # in GB
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import SettingError
from hugginggpt.tools.files import has_password, is_url
from hugginggpt.tools.kinds import find_kind, nearest_kind

_GIGABYTE = 10**9
_ID = r"^[\w-][\w.-]*/[\w-][\w.-]*$"


def _known_kind(name: object) -> str:
    kind = find_kind(str(name))
    if kind is not None:
        return kind.name
    nearest = nearest_kind(str(name))
    hint = f"did you mean {nearest!r}?" if nearest else "`hugginggpt tasks` lists all"
    raise ValueError(f"there is no task kind {name!r}; {hint}")


class _Entry(BaseModel):
    """One model of the file."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(default=None, pattern=_ID)
    path: str | None = Field(default=None, min_length=1)
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    kinds: list[Annotated[str, BeforeValidator(_known_kind)]] = Field(min_length=1)
    description: str = ""
    licence: str | None = None
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...] = ()
    size: float | None = Field(default=None, gt=0)
    """In GB."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.id, self.path, self.url)) != 1:
            raise ValueError("give one of id (of the Hub), path (of a folder) and url")
        if self.url is not None and has_password(self.url):
            raise ValueError("the url holds a user name or password, which results would keep")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: list[_Entry] = []


def models(file: str | None, kind: str) -> tuple[Candidate, ...]:
    """The user's models of that kind; they go before all others.

    Raises:
        SettingError: the file can't be read, or an entry is not as it should be.

    """
    if file is None:
        return ()
    path = Path(file).expanduser()
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise SettingError(
            f"HUGGINGGPT_MODELS={file!r} can't be read: {error.strerror or error}"
        ) from error
    return tuple(candidate for candidate in _read(path, changed) if candidate.kind == kind)


def is_hub_id(model: str) -> bool:
    """Whether a model of the list stands on the Hub, and not in a folder or at a URL."""
    return re.match(_ID, model) is not None and not is_url(model)


def with_facts(mine: Candidate, facts: Candidate | None) -> Candidate:
    """What the user says of a model, and what else is known of it."""
    if facts is None:
        return mine
    return facts.model_copy(update=mine.model_dump(exclude_defaults=True))


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> tuple[Candidate, ...]:  # noqa: ARG001 - read again then
    try:
        read = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingError(
            f"HUGGINGGPT_MODELS={str(path)!r} can't be read: {error.strerror or error}"
        ) from error
    except ValidationError as error:
        raise SettingError(f"{str(path)!r}, {'; '.join(_faults(error))}") from error
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError
        raise SettingError(f"{str(path)!r} is no TOML file: {error}") from error
    return tuple(
        _candidate(entry, kind, _place(entry, number, path))
        for number, entry in enumerate(read.model, start=1)
        for kind in dict.fromkeys(entry.kinds)
    )


def _faults(error: ValidationError) -> list[str]:
    """Each fault: in which entry, in which field, with which value, and what is wrong."""
    told = []
    for fault in error.errors(include_url=False):
        place = [f"entry {part + 1}" if isinstance(part, int) else part for part in fault["loc"]]
        where = ", ".join(place[1:3] or place)
        given = "" if fault["type"] in ("missing", "value_error") else f" {fault['input']!r}"
        told.append(f"{where}{given}: {fault['msg'].removeprefix('Value error, ')}")
    return told


def _place(entry: _Entry, number: int, file: Path) -> str:
    """The id, the URL, or the whole path of the folder."""
    if entry.path is None:
        return entry.id or entry.url or ""
    folder = (file.parent / Path(entry.path).expanduser()).resolve()
    if not folder.is_dir():
        raise SettingError(f"{str(file)!r}, entry {number}, path {entry.path!r}: no such folder")
    return str(folder)


def _candidate(entry: _Entry, kind: str, place: str) -> Candidate:
    return Candidate(
        model=place,
        kind=kind,
        endpoint="",
        description=entry.description,
        licence=entry.licence,
        languages=entry.languages,
        size=None if entry.size is None else round(entry.size * _GIGABYTE),
        source="own",
        preferred=True,
    )
