"""Shapes of the answers of hosted models, which are checked since answers are untrusted.

Source: https://github.com/huggingface/huggingface.js `packages/tasks`, the output specs.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, FiniteFloat

Score = Annotated[FiniteFloat, AfterValidator(lambda score: round(score, 4))]


class Label(BaseModel):
    """A label and how sure it is, 0 to 1."""

    label: str
    score: Score


class Entity(BaseModel):
    """Words of a text, with what they are and where they stand, in characters."""

    entity_group: str
    word: str
    score: Score
    start: int | None = None
    end: int | None = None


class Reply(BaseModel):
    """An answer, and where it stands in the text it was taken from, in characters."""

    answer: str
    score: Score | None = None
    start: int | None = None
    end: int | None = None


class Cells(BaseModel):
    """An answer from a table; coordinates are row and column, counted from 0."""

    answer: str
    coordinates: list[list[int]] = []
    cells: list[str] = []
    aggregator: str | None = None


class Filled(BaseModel):
    """A word that may be missing, and the sentence with it."""

    sequence: str
    score: Score
    token: int
    token_str: str


class Corners(BaseModel):
    """A box in pixels, origin top left."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class Region(Label):
    """A thing in a picture."""

    box: Corners


class Mask(BaseModel):
    """A region of a picture."""

    label: str = ""
    score: Score | None = None
    mask: Any
    """A picture, or one in base64."""


class Point(BaseModel):
    """A point of a picture in pixels, origin top left."""

    x: FiniteFloat
    y: FiniteFloat
    score: Score = 1.0
    label: str | None = None


class Stretch(BaseModel):
    """A part of a recording, in seconds."""

    start: FiniteFloat
    end: FiniteFloat


class Ranked(BaseModel):
    """The place of a text in the list given, and how well it fits."""

    index: int = Field(ge=0)
    score: Score


class Track(BaseModel):
    """A recording."""

    blob: bytes
    label: str = ""
