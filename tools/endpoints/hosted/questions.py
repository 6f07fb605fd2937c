"""How the arguments of a task are put to a hosted model, where a line of the table won't do."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filetype

from hugginggpt.tools.blanks import MASK, with_mask
from hugginggpt.tools.endpoints.embedded.given import given_text, given_texts, given_word
from hugginggpt.tools.endpoints.hosted.failures import RefusedError
from hugginggpt.tools.errors import FileInputError, TaskError
from hugginggpt.tools.media import check_image, read_table

if TYPE_CHECKING:
    from hugginggpt.tools.endpoints.hosted.client import Client
    from hugginggpt.tools.endpoints.hosted.sending import Answer

Arguments = Mapping[str, Any]

MAX_UPLOAD_BYTES = 100_000_000
"""Largest file that is sent, in bytes."""
_WRITTEN_TOKENS = 1024
"""Longest text that is asked for, in tokens."""
_MASK = re.compile(r"mask_token \((.+?)\)")
"""How transformers names the mask of a model that was given another."""


def text(arguments: Arguments, name: str = "text") -> str:
    """The text argument of that name."""
    return given_text(arguments, name)


def labels(arguments: Arguments) -> list[str]:
    """The labels to choose from, each once."""
    found = list(dict.fromkeys(label.strip() for label in given_texts(arguments, "labels")))
    return [label for label in found if label]


def texts(arguments: Arguments) -> list[str]:
    """The texts to compare with."""
    return given_texts(arguments, "texts")


def file(arguments: Arguments, name: str) -> bytes:
    """The content of the file argument of that name.

    Raises:
        FileInputError: it is too large to be sent, or a picture that can't be opened.

    """
    path: Path = arguments[name]
    size = path.stat().st_size
    if size > MAX_UPLOAD_BYTES:
        raise FileInputError(
            f"{path.name!r} holds {size:,} bytes; at most {MAX_UPLOAD_BYTES:,} are sent: "
            "make it smaller"
        )
    if name == "image":
        check_image(path, path.name)
    return path.read_bytes()


def cells(arguments: Arguments) -> dict[str, list[str]]:
    """The columns of the table by name, each cell as text."""
    table = read_table(arguments["table"]).astype("string").fillna("")
    return {str(name): [str(cell) for cell in table[name]] for name in table.columns}


def features(arguments: Arguments) -> dict[str, list[str]]:
    """The columns of the table without the one to predict."""
    target = given_word(arguments, "target")
    columns = cells(arguments)
    if target is not None and target not in columns:
        listed = ", ".join(list(columns)[:20])
        raise TaskError(f"there is no column {target!r}; the columns are {listed}")
    return {name: column for name, column in columns.items() if name != target}


def encoded(arguments: Arguments, name: str) -> str:
    """The file argument of that name in base64."""
    return base64.b64encode(file(arguments, name)).decode()


def fill_mask(client: Client, arguments: Arguments) -> Any:
    """The missing word; a model that has another mask says which.

    Raises:
        TaskError: no word is missing, or several.

    """
    sentence = with_mask(text(arguments))
    try:
        return client.fill_mask(sentence)
    except RefusedError as error:
        mask = _MASK.search(str(error))
        if mask is None or mask[1] in sentence:
            raise
        return client.fill_mask(sentence.replace(MASK, mask[1]))


def translate(client: Client, arguments: Arguments) -> Any:
    """The translation; languages are told only as a pair, as models of one pair need none."""
    source, target = (given_word(arguments, f"{end}_language") for end in ("source", "target"))
    if not (source and target):
        source = target = None
    return client.translation(text(arguments), src_lang=source, tgt_lang=target)


def write(client: Client, arguments: Arguments) -> str:
    """What a chat model answers; what the text goes on with where the model does not chat."""
    prompt = text(arguments)
    try:
        return client.talk(prompt, _WRITTEN_TOKENS)
    except (RefusedError, ValueError):
        if client.answer is not None:  # it does chat, and its answer can't be read
            raise
    written = client.text_generation(prompt, max_new_tokens=_WRITTEN_TOKENS)
    return str(written).removeprefix(prompt)


def speak(client: Client, arguments: Arguments) -> bytes:
    """The text read aloud, by the voice that is named."""
    voice = given_word(arguments, "voice")
    return client.text_to_speech(text(arguments), extra_body={"voice": voice} if voice else None)


def discuss(client: Client, arguments: Arguments) -> str:
    """What a chat model answers to a text with a picture, a recording and a clip, as given."""
    parts: list[dict[str, Any]] = []
    if arguments.get("image"):
        url = _data_url(file(arguments, "image"))
        parts.append({"type": "image_url", "image_url": {"url": url}})
    if arguments.get("audio"):
        content = file(arguments, "audio")
        sound = {"data": base64.b64encode(content).decode(), "format": _format(content)}
        parts.append({"type": "input_audio", "input_audio": sound})
    if arguments.get("video"):
        url = _data_url(file(arguments, "video"))
        parts.append({"type": "video_url", "video_url": {"url": url}})
    return client.talk([*parts, {"type": "text", "text": text(arguments)}], _WRITTEN_TOKENS)


def film(client: Client, arguments: Arguments) -> bytes:
    """A clip from words; a server of one's own is asked without a provider's manners."""
    prompt = text(arguments, "prompt")
    if client.target.url is None:
        return client.text_to_video(prompt)
    return client.post({"inputs": prompt}).content


def animate(client: Client, arguments: Arguments) -> bytes:
    """A clip from a picture, and from words where there are any."""
    prompt = given_word(arguments, "prompt")
    if client.target.url is None:
        return client.image_to_video(file(arguments, "image"), prompt=prompt)
    body = {"inputs": encoded(arguments, "image"), "parameters": {"prompt": prompt or ""}}
    return client.post(body).content


def find_named(client: Client, arguments: Arguments) -> Answer:
    """The regions of a picture that hold what the labels say."""
    parameters = {"candidate_labels": labels(arguments)}
    return client.post({"inputs": encoded(arguments, "image"), "parameters": parameters})


def rank(client: Client, arguments: Arguments) -> Answer:
    """How well texts answer a query, in the form of text-embeddings-inference."""
    return client.post({"query": text(arguments, "query"), "texts": texts(arguments)})


def _data_url(content: bytes) -> str:
    mime = filetype.guess_mime(content) or "application/octet-stream"
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _format(content: bytes) -> str:
    """The kind of recording as chat models name it, such as wav and mp3."""
    return filetype.guess_extension(content) or "wav"
