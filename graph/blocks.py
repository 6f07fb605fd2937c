"""Media in messages: content blocks that come in become files, files that go out become blocks."""

import base64
import mimetypes
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from hugginggpt.graph.intake import url_artifact
from hugginggpt.prompts.wording import short_path
from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.errors import InputError
from hugginggpt.tools.files import inspect_file, is_url, modality_by_name
from hugginggpt.tools.kinds import Modality

Content = str | list[str | dict[str, Any]]
"""Of a message."""

INLINE_BYTES = 512 * 1024
"""Most bytes of files that stand in an answer itself; the rest is given by address."""

_MEDIA: dict[str, Modality] = {"image": "image", "audio": "audio", "video": "video"}
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?[^,]*;base64,", re.IGNORECASE)
_LONGEST_NAME = 100


# --- in ---------------------------------------------------------------------------------------


class _Medium(NamedTuple):
    """A content block, whichever way its sender writes one."""

    type: str
    mime: str = ""
    name: str = ""
    url: str = ""
    encoded: str = ""
    text: str = ""

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """The block as LangChain for Python writes it, or for JavaScript (`mimeType`, `data`)."""
        url = str(block.get("url") or "")
        encoded = str(block.get("base64") or block.get("data") or "")
        mime = str(block.get("mime_type") or block.get("mimeType") or "")
        if found := _DATA_URL.match(url):
            url, encoded, mime = "", url[found.end() :], mime or found.group(1) or ""
        text = str(block.get("text") or "")
        kind = str(block.get("type"))
        return cls(kind, mime.partition(";")[0].strip(), _own_name(block), url, encoded, text)

    @property
    def suffix(self) -> str:
        """How the file's name ends, by its own name, else by its type."""
        if modality_by_name(self.name):
            return Path(self.name).suffix
        return mimetypes.guess_extension(self.mime) or ""


def _own_name(block: Mapping[str, Any]) -> str:
    """The name under which the user knows the file, without any folder."""
    extras = block.get("extras") or {}
    places = (block, extras, block.get("metadata") or {}, extras.get("metadata") or {})
    names = (place.get(key) for place in places for key in ("filename", "name", "title"))
    name = next((str(name) for name in names if name), "")
    return name.replace("\\", "/").rpartition("/")[2].strip()[-_LONGEST_NAME:]


def read_block(
    block: Mapping[str, Any],
    workspace: Workspace,
    fresh: Collection[str] = (),
    known: Collection[str] = (),
) -> dict[str, Artifact]:
    """The medium that stands in a message itself, as a file of the workspace, by its name.

    `fresh` are the names of other files of this request, `known` those of earlier ones.

    Raises:
        InputError: it is broken, at an address that is none of the web, or of no use here.

    """
    medium = _Medium.of(block)
    if medium.type == "text":
        return {}
    if medium.url:
        return {medium.url: _linked_file(medium)}
    content = _decoded(medium)
    modality = _MEDIA.get(medium.type) or modality_by_name(f"x{medium.suffix}") or "text"
    written = workspace.write(content, medium.suffix, modality, f"given-{modality}")
    if medium.name:
        name = _free_name(medium.name, fresh)
    else:
        name = _free_name(f"{modality}-1{medium.suffix}", {*fresh, *known})
    held = inspect_file(Path(str(written.path)), name)
    if medium.type == "audio" and held.modality == "video":  # what browsers record as WebM
        held = held.model_copy(update={"modality": "audio"})
    return {name: held}


def _linked_file(medium: _Medium) -> Artifact:
    if not is_url(medium.url):  # a path would be read past `roots`
        raise InputError(f"{medium.url!r} is not an http or https address; hand it over in `files`")
    found = url_artifact(medium.url)
    return found.model_copy(update={"modality": _MEDIA.get(medium.type, found.modality)})


def _decoded(medium: _Medium) -> bytes:
    if medium.text:
        return medium.text.encode()
    if not medium.encoded:
        raise InputError(
            f"a part of the message, of type {medium.type!r}, holds no data that can be read; "
            "give images, audio and files as base64 or by their address"
        )
    try:
        return base64.b64decode(medium.encoded, validate=True)
    except ValueError as error:
        raise InputError(f"a file in the message is not valid base64: {error}") from error


def _free_name(name: str, taken: Collection[str]) -> str:
    """`name`, or where it is taken the same with a number: `a.png`, `a-2.png`, ..."""
    stem, suffix = name.removesuffix(Path(name).suffix).removesuffix("-1"), Path(name).suffix
    others = (f"{stem}-{number}{suffix}" for number in count(2))
    return name if name not in taken else next(other for other in others if other not in taken)


# --- out --------------------------------------------------------------------------------------


class Reader(NamedTuple):
    """What the client that reads an answer can do with files."""

    url: str | None = None
    """Where it finds files of the workspace, below `/files/`; None where nobody serves them."""
    sees: bool = False
    """Whether it shows pictures and plays recordings that stand in a message."""


def reader_of(config: Mapping[str, Any], *, own_workspace: bool) -> Reader:
    """Who reads the answer of the run of `config`.

    A LangGraph server tells its address. Below another graph, whose language model may refuse
    media, answers stay plain. An MCP client is sent the Python text of the whole state, in which
    base64 would only be noise. Files are served from the server's `own_workspace` only.
    """
    configurable, metadata = config.get("configurable", {}), config.get("metadata", {})
    nested = "|" in str(configurable.get("checkpoint_ns", ""))
    if nested or "langgraph_api_url" not in metadata:
        return Reader()
    url = str(metadata["langgraph_api_url"] or "").rstrip("/") if own_workspace else None
    return Reader(url, sees="mcp-protocol-version" not in configurable)


def link_files(text: str, artifacts: Iterable[Artifact], url: str) -> str:
    """`text` whose links to files of `artifacts` lead to where the server at `url` serves them."""
    for path in _files(artifacts):
        target = f"]({_address(path, url)})"
        for written in (str(path), short_path(str(path))):
            text = text.replace(f"]({written})", target).replace(f"](<{written}>)", target)
    return text


def list_files(text: str, artifacts: Iterable[Artifact], url: str) -> str:
    """What to add to `text` so that it links to every file of `artifacts`."""
    missing = [p for p in _files(artifacts) if f"]({_address(p, url)})" not in text]
    rows = (f"\n- [{path.name}]({_address(path, url)})" for path in missing)
    return "\n\n### Files" + "".join(rows) if missing else ""


def with_media(text: str, artifacts: Sequence[Artifact], reader: Reader) -> Content:
    """The content of a message: `text`, and behind it what the reader can see and hear.

    Small files stand in it as base64, larger ones by their address.
    """
    if not reader.sees:
        return text
    blocks: list[str | dict[str, Any]] = []
    left = INLINE_BYTES
    for path, artifact in _files(artifacts).items():
        if artifact.modality not in _MEDIA or not path.is_file():
            continue
        block: dict[str, Any] = {"type": artifact.modality, "mime_type": artifact.mime}
        if (size := path.stat().st_size) <= left:
            left -= size
            blocks.append(block | {"base64": base64.b64encode(path.read_bytes()).decode()})
        elif reader.url is not None:
            blocks.append(block | {"url": _address(path, reader.url)})
    return [{"type": "text", "text": text}, *blocks] if blocks else text


def _files(artifacts: Iterable[Artifact]) -> dict[Path, Artifact]:
    """Each file once, in the order of the artifacts."""
    return {Path(artifact.path): artifact for artifact in artifacts if artifact.path}


def _address(path: Path, url: str) -> str:
    return f"{url}/files/{quote(path.name)}"
