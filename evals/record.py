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
    complaints: tuple[str, ...] = ()
    """What was wrong, in words."""
    remarks: tuple[str, ...] = ()
    """What else is to be told, such as what a judge said."""
    spans: tuple[Span, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether nothing was wrong."""
        return not self.complaints


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

    def of(self, shape: str) -> list[Row]:
        """The rows whose right plan has that shape; all of them for "all"."""
        return [row for row in self.rows if shape in ("all", row.shape)]

    @property
    def groups(self) -> list[str]:
        """The shapes that there are, behind "all"."""
        return ["all", *(shape for shape in SHAPES if self.of(shape))]

    @property
    def kinds(self) -> list[str]:
        """All kinds of the right plans, in order of name."""
        return sorted({kind for row in self.rows for kind in row.right})

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


def new_report(
    name: str,
    brain: str,
    measures: Sequence[str],
    rows: Iterable[Row],
    notes: Sequence[str] = (),
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
    )
