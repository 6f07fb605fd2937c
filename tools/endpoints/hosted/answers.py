"""What hosted models answer, as artifacts in the shapes that all endpoints have.

Each function takes the answer, the arguments and the call.

Raises:
    ValidationError: an answer has another shape.
    TaskError: an answer holds a broken file.

"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.drawing import Box, draw_boxes, draw_masks, draw_points, write_image
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_texts, given_word
from hugginggpt.tools.endpoints.hosted import media
from hugginggpt.tools.endpoints.hosted.shapes import (
    Cells,
    Entity,
    Filled,
    Label,
    Mask,
    Point,
    Ranked,
    Region,
    Reply,
    Score,
    Stretch,
    Track,
)
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_image, read_table

if TYPE_CHECKING:
    from PIL.Image import Image

Arguments = Mapping[str, Any]
T = TypeVar("T")
L = TypeVar("L", bound=Label)

_MOST_LISTED = 20


def _read(shape: type[T], answer: Any) -> T:
    """The answer in that shape; what comes from plain HTTP is JSON still."""
    content = getattr(answer, "content", None)
    adapter: TypeAdapter[T] = TypeAdapter(shape)
    if isinstance(content, bytes):
        return adapter.validate_json(content)
    return adapter.validate_python(answer)


def _dumped(found: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [each.model_dump(exclude_none=True) for each in found]


def _likeliest_first(found: Sequence[L]) -> list[L]:
    return sorted(found, key=lambda each: -each.score)


def words(name: str) -> Callable[[Any, Arguments, Call], list[Artifact]]:
    """Makes a text of the field of that name."""

    def make(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
        return plain_words(_read(dict[str, Any], answer).get(name), _arguments, _call)

    return make


def plain_words(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
    """The answer is the text."""
    written = _read(str, answer).strip()
    if not written:
        raise TaskError("the answer is an empty text")
    return [Artifact.of_text(written)]


def transcript(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
    """What is said, with the times of its parts where they are told; none is a result too."""
    told = _read(dict[str, Any], answer)
    chunks = {"chunks": told["chunks"]} if told.get("chunks") else {}
    return [Artifact.of_text(_read(str, told.get("text")).strip(), **chunks)]


def labels(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
    """Labels with how sure each is, the likeliest first."""
    # huggingface_hub takes the first of a list, which some servers have inside another.
    found = _read(list[Label], [answer] if isinstance(answer, dict) else answer)
    return [Artifact.of_data(_dumped(_likeliest_first(found)))]


def entities(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
    """Words with what they are and where they stand; none is a result too."""
    told = [
        {**each, "entity_group": each.get("entity_group") or each.get("entity")}
        for each in _read(list[dict[str, Any]], answer)
    ]
    found = _dumped(_read(list[Entity], told))
    return [Artifact.of_data(found, count=len(found))]


def replies(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
    """The best answer in words, and all of them with how sure each is."""
    found = _read(list[Reply], answer if isinstance(answer, list) else [answer])
    if not found:
        raise TaskError("there is no answer")
    found.sort(key=lambda each: -(each.score or 0))
    return [
        Artifact.of_text(found[0].answer.strip() or "nothing"),
        Artifact.of_data(_dumped(found)),
    ]


def cells(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
    """The answer in words, with the cells that it was taken from and how they were combined."""
    found = _read(Cells, answer)
    return [Artifact.of_text(found.answer.strip() or "nothing"), Artifact.of_data(_dumped([found]))]


def filled(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
    """The words that may be missing, the likeliest first."""
    return [Artifact.of_data(_dumped(_read(list[Filled], answer)))]


def vector(answer: Any, _arguments: Arguments, call: Call) -> list[Artifact]:
    """The numbers as a NumPy file, float32; vectors of tokens are averaged to one."""
    import numpy as np

    given = answer if isinstance(answer, np.ndarray) else _read(list[Any], answer)
    try:
        numbers = np.asarray(given, dtype="float32")
    except (TypeError, ValueError) as error:
        raise TaskError(f"the answer is not a vector of numbers: {error}") from error
    pooled = {"pooling": "mean"} if max(numbers.shape[:-1], default=1) > 1 else {}
    while numbers.ndim > 1:
        numbers = numbers.mean(axis=0)
    if not numbers.size or not np.isfinite(numbers).all():
        raise TaskError("the answer is a vector without numbers, or with some that are not finite")
    file = io.BytesIO()
    np.save(file, numbers)
    facts = {"dimensions": numbers.size, "dtype": "float32", **pooled}
    return [call.workspace.write(file.getvalue(), ".npy", "vector", "embedding", **facts)]


def likeness(answer: Any, arguments: Arguments, _call: Call) -> list[Artifact]:
    """How alike each text is, in the order given."""
    return [Artifact.of_data(_scored(answer, arguments))]


def retrieved(answer: Any, arguments: Arguments, _call: Call) -> list[Artifact]:
    """The texts with their place in the list given, the likest to the query first."""
    found = [{**each, "index": i} for i, each in enumerate(_scored(answer, arguments))]
    return [Artifact.of_data(sorted(found, key=lambda each: -each["score"]))]


def _scored(answer: Any, arguments: Arguments) -> list[dict[str, Any]]:
    texts, scores = given_texts(arguments, "texts"), _read(list[Score], answer)
    if len(scores) != len(texts):
        raise TaskError(f"the answer has {len(scores)} scores for {len(texts)} texts")
    pairs = zip(texts, scores, strict=True)
    return [{"text": each, "score": score} for each, score in pairs]


def ranked(answer: Any, arguments: Arguments, _call: Call) -> list[Artifact]:
    """The texts with their place in the list given, the best answer to the query first."""
    texts = given_texts(arguments, "texts")
    found = sorted(_read(list[Ranked], answer), key=lambda each: -each.score)
    if any(each.index >= len(texts) for each in found):
        raise TaskError(f"the answer ranks texts beyond the {len(texts)} that were given")
    return [
        Artifact.of_data(
            [{"text": texts[e.index], "score": e.score, "index": e.index} for e in found]
        )
    ]


def regions(answer: Any, arguments: Arguments, call: Call) -> list[Artifact]:
    """What was found and where, in pixels, and the picture with boxes round it."""
    found = _likeliest_first(_read(list[Region], answer))
    wanted = given_word(arguments, "target")
    if wanted is not None:
        found = [each for each in found if wanted.lower() in each.label.lower()]
    boxes = [Box(**each.box.model_dump(), label=each.label) for each in found]
    marked = draw_boxes(read_image(arguments["image"]), boxes)
    data = Artifact.of_data(_dumped(found), count=len(found))
    return [data, write_image(marked, "objects", call)]


def masks(answer: Any, arguments: Arguments, call: Call) -> list[Artifact]:
    """The picture with its regions in colours, and each region's label, score and share."""
    found = _read(list[Mask], answer)
    pictures = [media.open_picture(_decoded(each.mask)).convert("L") for each in found]
    data = [
        {**each.model_dump(exclude={"mask"}, exclude_none=True), "area": _area(picture)}
        for each, picture in zip(found, pictures, strict=True)
    ]
    marked = draw_masks(read_image(arguments["image"]), pictures)
    return [write_image(marked, "regions", call), Artifact.of_data(data, count=len(data))]


def _decoded(mask: Any) -> Any:
    return base64.b64decode(mask) if isinstance(mask, str) else mask


def _area(mask: Image) -> float:
    """The share of the picture that is in the region, 0 to 1."""
    light: int = sum(mask.histogram()[128:])
    return round(light / (mask.width * mask.height), 4)


def points(answer: Any, arguments: Arguments, call: Call) -> list[Artifact]:
    """Where the points are, in pixels, and the picture with rings round them."""
    found = _read(list[Point], answer)
    marked = draw_points(read_image(arguments["image"]), [(each.x, each.y) for each in found])
    data = Artifact.of_data(_dumped(found), count=len(found))
    return [data, write_image(marked, "keypoints", call)]


def stretches(answer: Any, _arguments: Arguments, _call: Call) -> list[Artifact]:
    """The stretches of speech, in seconds; none is a result too."""
    found = _read(list[Stretch], answer)
    spoken = round(sum(each.end - each.start for each in found), 2)
    return [Artifact.of_data(_dumped(found), speech_seconds=spoken)]


def depth(answer: Any, _arguments: Arguments, call: Call) -> list[Artifact]:
    """The depth as a grey picture, which comes as it is or in JSON."""
    content = answer.content
    if "json" in answer.content_type:
        content = base64.b64decode(_read(dict[str, Any], answer).get("depth") or "")
    return [media.write_picture(content, "depth", call)]


def picture(answer: Any, _arguments: Arguments, call: Call) -> list[Artifact]:
    """The picture as a file."""
    return [media.write_picture(answer, "picture", call)]


def recording(answer: Any, _arguments: Arguments, call: Call) -> list[Artifact]:
    """The recording as a file."""
    return [media.write_recording(_bytes(answer), "recording", call)]


def tracks(answer: Any, _arguments: Arguments, call: Call) -> list[Artifact]:
    """The recordings as files, each with the label that it came with."""
    found = _read(list[Track], answer)
    if not found:
        raise TaskError("the answer holds no recording")
    return [media.write_recording(t.blob, "recording", call, label=t.label) for t in found]


def clip(answer: Any, _arguments: Arguments, call: Call) -> list[Artifact]:
    """The clip as a file."""
    return [media.write_clip(_bytes(answer), "clip", call)]


def mesh(answer: Any, _arguments: Arguments, call: Call) -> list[Artifact]:
    """The 3D model as a file."""
    return [media.write_mesh(_bytes(answer), "model", call)]


def _bytes(answer: Any) -> bytes:
    content: bytes = getattr(answer, "content", answer)
    return content


def predictions(answer: Any, arguments: Arguments, call: Call) -> list[Artifact]:
    """The table with what is predicted for each row, and the first predictions."""
    found = _read(list[str | int | float], answer)
    table = read_table(arguments["table"])
    if len(found) != len(table):
        raise TaskError(f"the answer has {len(found)} predictions for {len(table)} rows")
    target = given_word(arguments, "target")
    table[f"{target}_predicted" if target else "predicted"] = found
    content = table.to_csv(index=False).encode()
    written = call.workspace.write(
        content, ".csv", "table", "predictions", rows=len(table), columns=len(table.columns)
    )
    first = [{"row": i + 1, "prediction": p} for i, p in enumerate(found[:_MOST_LISTED])]
    return [written, Artifact.of_data({"rows_predicted": len(found), "predictions": first})]
