"""What a run of an evaluation has left: a `Report` of `Row`s, kept as JSON.

A measure of a group of rows is one sum over another: a row gives two numbers to each measure
(`parts`). So a share of passed cases, a micro-averaged F1 and a mean are told, resampled and
compared in one way.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from hugginggpt.tools.errors import FileInputError

Shape = Literal["none", "single", "chain", "dag"]
"""The shape of a right plan."""

SHAPES: tuple[Shape, ...] = ("single", "chain", "dag", "none")

MIXED = frozenset({"no-task precision"})
"""Measures that say nothing of requests that all have one shape."""

ALL = "all"
"""The group of all rows, where the data has one part."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Record):
    """When one task ran, in seconds since its run began."""

    task: str
    kind: str
    began: float
    ended: float
    status: str


class Row(_Record):
    """One case as it went."""

    id: str
    shape: Shape
    right: tuple[str, ...]
    """Kinds, or tools, of the right plan."""
    planned: tuple[str, ...]
    parts: dict[str, tuple[float, float]]
    """What the case adds to the two sums of each measure."""
    seconds: float
    request: str = ""
    answer: str = ""
    part: str = ""
    """Which part of the data the case is of; empty where there is one."""
    language: str = ""
    """ISO 639-1 code, where that is told."""
    chance: float | None = None
    """How likely the plan was to be right, as the planner told."""
    complaints: tuple[str, ...] = ()
    """What was wrong, in words."""
    remarks: tuple[str, ...] = ()
    """What else is to be told, such as what a judge said."""
    spans: tuple[Span, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether nothing was wrong."""
        return not self.complaints

    @property
    def groups(self) -> tuple[str, str, str]:
        """The groups that it is counted in: all of its part, those of its shape and language."""
        whole = self.part or ALL
        return whole, _within(self.part, self.shape), _within(self.part, self.language)


Figure = tuple[float, float, float]
"""A value, and the bounds of its 95 % interval."""


class Variant(_Record):
    """The same requests, planned with something left out."""

    name: str
    figures: dict[str, dict[str, Figure]]
    """By part of the data, then by measure."""
    grown: dict[str, Figure]
    """By part: by how much the first measure is more than with everything."""


class Report(_Record):
    """One run of one evaluation."""

    name: str
    brain: str
    made_at: str
    """ISO 8601, UTC."""
    version: str
    measures: tuple[str, ...]
    """Names of the measures, the most telling first."""
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    """What is to be known about the figures."""
    variants: tuple[Variant, ...] = ()

    def of(self, group: str) -> list[Row]:
        """The rows of that group."""
        return [row for row in self.rows if group in row.groups]

    @property
    def parts(self) -> list[str]:
        """The parts of the data, in the order of their rows; the first is what it is about."""
        return list(dict.fromkeys(row.part for row in self.rows))

    @property
    def main(self) -> list[Row]:
        """The rows of the first part."""
        return self.of(self.parts[0] or ALL)

    def groups_of(self, part: str) -> list[str]:
        """The groups that there are in a part: all, shapes, and languages where they differ."""
        rows = self.of(part or ALL)
        languages = sorted({row.language for row in rows})
        names: list[str] = [s for s in SHAPES if any(row.shape == s for row in rows)]
        names += languages if len(languages) > 1 else []
        return [part or ALL, *(_within(part, name) for name in names)]

    @property
    def groups(self) -> list[str]:
        """The groups of all parts."""
        return [group for part in self.parts for group in self.groups_of(part)]

    @property
    def kinds(self) -> list[str]:
        """All kinds of the right plans of the first part, in order of name."""
        return sorted({kind for row in self.main for kind in row.right})

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(self.model_dump_json(indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """The report that `save` wrote.

        Raises:
            FileInputError: the file can't be read, or is no report.

        """
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            reason = error.strerror or str(error)
            raise FileInputError(f"{str(path)!r} can't be read: {reason}") from error
        except (ValidationError, ValueError) as error:
            told = str(error).splitlines()
            raise FileInputError(f"{str(path)!r} is no report: {'; '.join(told[:3])}") from error


def _within(part: str, name: str) -> str:
    """What a group within a part is called."""
    return f"{part}: {name}" if part else name


def new_report(
    name: str,
    brain: str,
    measures: Sequence[str],
    rows: Iterable[Row],
    notes: Sequence[str] = (),
    variants: Sequence[Variant] = (),
) -> Report:
    """A report made now, by this version."""
    from datetime import UTC, datetime
    from importlib.metadata import version

    return Report(
        name=name,
        brain=brain,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=version("hugginggpt"),
        measures=tuple(measures),
        rows=tuple(rows),
        notes=tuple(notes),
        variants=tuple(variants),
    )
