"""The files that a run may read: found by name, inside the allowed folders, sniffed not trusted."""

import mimetypes
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import filetype

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.kinds import Modality, fits

MAX_FILE_BYTES = 1_000_000_000
"""Largest file taken, in bytes."""

_TABLE_SUFFIXES = frozenset({".csv", ".tsv"})
_TEXT_SUFFIXES = frozenset(
    {".txt", ".md", ".rst", ".log", ".srt", ".vtt", ".json", ".xml", ".html"}
)
_MESH_SUFFIXES = frozenset({".glb", ".gltf", ".obj", ".ply", ".stl"})
_IMAGE_SUFFIXES = frozenset({".webp", ".avif", ".heic"})  # not in every system's mime table
_NAMED_SUFFIXES = _TABLE_SUFFIXES | {".txt", ".md", ".srt", ".vtt", ".log", ".rst"}
"""A single word that ends so can only be meant as a file name."""
_PATH = re.compile(r"(?:~/|/|(?:\.{1,2}/)+)\w")
_URL = re.compile(r"https?://", re.IGNORECASE)


def is_url(name: str) -> bool:
    """Whether `name` is a web address rather than a file name."""
    return _URL.match(name) is not None


def has_password(url: str) -> bool:
    """Whether the address carries a user name or password."""
    return "@" in re.split(r"[/\\?#]", _URL.sub("", url, count=1), maxsplit=1)[0]


def check_url(url: str) -> None:
    """Refuse an address with a password in it: conversations and errors would keep it.

    Raises:
        FileInputError: it has one.

    """
    if has_password(url):
        raise FileInputError(
            f"{url!r} holds a user name or password, which would be kept in the conversation; "
            "download the file and hand it over (-f)"
        )


def modality_by_name(name: str) -> Modality | None:
    """What a file of that name or URL should hold, from its suffix; None if that says nothing."""
    suffix = Path(re.split(r"[?#]", name)[0] if is_url(name) else name).suffix.lower()
    if suffix in _TABLE_SUFFIXES:
        return "table"
    if suffix in _TEXT_SUFFIXES:
        return "text"
    if suffix in _MESH_SUFFIXES:
        return "mesh"
    if suffix in _IMAGE_SUFFIXES:
        return "image"
    if suffix == ".npy":
        return "vector"
    return _modality_of_mime(mimetypes.guess_type(f"x{suffix}")[0] or "")


def _modality_of_mime(mime: str) -> Modality | None:
    main = mime.partition("/")[0]
    return main if main in ("image", "audio", "video", "text") else None  # type: ignore[return-value]


def inspect_file(path: Path, name: str | None = None) -> Artifact:
    """The user's file as an artifact, its modality told by its content.

    `name` is what the user calls it, for messages.

    Raises:
        FileInputError: missing, a folder, not a plain file, empty, too large, or named as
            something that it is not.

    """
    name = name or path.name
    size = _checked_size(path, name)
    try:
        with path.open("rb") as file:
            head = file.read(8192)
    except OSError as error:
        raise FileInputError(f"{name!r} can't be read: {error.strerror}") from error
    modality, mime = _sniff(head, path.suffix.lower())
    promised = modality_by_name(path.name)
    if promised is not None and modality != promised and not _compatible(modality, promised):
        raise FileInputError(f"{name!r} is named like {promised}, but it holds {_holds(modality)}")
    if modality is None:
        raise FileInputError(f"{name!r} holds binary data of a kind that no task can read")
    return Artifact(modality=modality, path=str(path), mime=mime, metadata={"bytes": size})


def _checked_size(path: Path, name: str) -> int:
    try:
        info = path.stat()
    except FileNotFoundError:
        raise FileInputError(f"there is no file {name!r}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise FileInputError(f"{name!r} can't be read: {error}") from error
    if stat.S_ISDIR(info.st_mode):
        raise FileInputError(f"{name!r} is a folder, not a file; name the files in it")
    if not stat.S_ISREG(info.st_mode):
        raise FileInputError(f"{name!r} is not a plain file")
    if info.st_size == 0:
        raise FileInputError(f"{name!r} is empty (0 bytes)")
    if info.st_size > MAX_FILE_BYTES:
        raise FileInputError(f"{name!r} holds {info.st_size:,} bytes; at most {MAX_FILE_BYTES:,}")
    return info.st_size


def _sniff(head: bytes, suffix: str) -> tuple[Modality | None, str]:
    """Modality and mime type of the content that begins with `head`."""
    known = filetype.guess(head)
    promises_text = suffix in _TEXT_SUFFIXES | _TABLE_SUFFIXES
    if known is not None and not (promises_text and _is_text(head)):  # "BMW" begins like a bitmap
        return _modality_of_mime(known.mime), known.mime
    if suffix in _MESH_SUFFIXES:
        return "mesh", "model/" + suffix[1:]
    if head.startswith(b"\x93NUMPY"):
        return "vector", "application/octet-stream"
    if not _is_text(head):
        return None, "application/octet-stream"
    if suffix in _TABLE_SUFFIXES:
        return "table", "text/csv"
    if b"<svg" in head[:1024]:
        return None, "image/svg+xml"
    return "text", "text/plain"


def _is_text(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    if b"\0" in head:
        return False
    # The head may end inside a character, which takes at most four bytes.
    return any(_decodes(head[: len(head) - cut]) for cut in range(min(4, len(head))))


def _decodes(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _compatible(held: Modality | None, promised: Modality) -> bool:
    # Containers such as MP4, WebM and OGG hold either; tables are text.
    return {held, promised} in ({"audio", "video"}, {"text", "table"})


def _holds(modality: Modality | None) -> str:
    return modality or "something else"


PARAGRAPH = "\n\n"
"""What stands between the paragraphs of a text."""


@dataclass(frozen=True, slots=True)
class Files:
    """Finds the files that arguments name."""

    roots: Sequence[Path]
    """Folders that may be read, everything below them included; the first is where relative
    names start."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Path of each file that the user handed over, by its name; these may lie anywhere."""

    @property
    def _folders(self) -> list[Path]:
        # Asks the system where we are: done when a file is looked for, never on an event loop.
        return [root.expanduser().resolve() for root in self.roots]

    @property
    def _start(self) -> Path:
        """The folder where relative names start: the first root, or that which holds it."""
        first = self._folders[0]
        return first.parent if first.is_file() else first

    def find(self, name: str, *, handed_over: bool = False) -> Path:
        """Where the file called `name` is, without symbolic links; it need not exist.

        Hidden files, and those in hidden folders, are found where the user has `handed_over` this
        very name, or one of the roots is hidden itself.

        Raises:
            FileInputError: outside the folders that may be read, or hidden.

        """
        if name in self.given:
            return _unmoved(Path(self.given[name]), name)
        try:
            path = (self._start / Path(name).expanduser()).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise FileInputError(f"{name!r} is not a usable file name: {error}") from error
        below = [path.relative_to(root) for root in self._folders if path.is_relative_to(root)]
        if not below:
            allowed = ", ".join(str(root) for root in self._folders)
            raise FileInputError(
                f"{name!r} is outside the folders that may be read ({allowed}); hand it over as a "
                "file of the request (-f), or allow its folder with HUGGINGGPT_ROOTS"
            )
        if not handed_over and all(map(_is_hidden, below)):
            raise FileInputError(
                f"{name!r} is a hidden file or lies in a hidden folder, where keys and settings "
                "are kept; hand it over as a file of the request (-f) if it is meant"
            )
        return path

    def resolve(self, name: str, modality: Modality) -> Path:
        """The checked file called `name`, which holds `modality`.

        Raises:
            FileInputError: see `find` and `inspect_file`; or it holds another modality.

        """
        path = self.find(name)
        held = inspect_file(path, name).modality
        if not fits(held, modality) and not _compatible(held, modality):
            raise FileInputError(f"{name!r} holds {held}, where {modality} is needed")
        return path

    def text_file(self, value: str) -> Path | None:
        """The text file that `value` names; None if `value` is simply a text.

        Raises:
            FileInputError: `value` can only be a file name, and there is no such file.

        """
        if value in self.given:
            return self.resolve(value, "text")
        if "\n" in value or len(value) > 255 or is_url(value):
            return None
        if _can_only_be_a_name(value) or self._is_named(value):
            return self.resolve(value, "text")
        return None

    def told_of(self, text: str) -> tuple[str, Path] | None:
        """What is said of a text file that the last paragraph of `text` names, and the file.

        "Answer politely:", an empty line, "letter.txt": so words and a file make one argument. A
        text that ends with a name without such a colon before it is simply a text.

        Raises:
            FileInputError: there is no such file, it may not be read, or holds no text.

        """
        words, _, name = text.rpartition(PARAGRAPH)
        if not words.endswith(":"):
            return None
        name = name.strip()
        is_name = name in self.given or _can_only_be_a_name(name) or self._is_named(name)
        return (words, self.resolve(name, "text")) if is_name else None

    def _is_named(self, value: str) -> bool:
        promised = modality_by_name(value)
        try:
            return promised in ("text", "table") and (self._start / value).is_file()
        except OSError:  # longer than file names may be
            return False


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _unmoved(path: Path, name: str) -> Path:
    """The path of a file that was handed over, if no link was put in its place since.

    Raises:
        FileInputError: one was.

    """
    if path.resolve() != path.absolute():
        raise FileInputError(
            f"{name!r} has been replaced by a link since it was handed over; hand it over again"
        )
    return path


def _can_only_be_a_name(value: str) -> bool:
    """Whether `value` is one word that begins as a path or ends as a text file's name."""
    if any(character.isspace() for character in value.strip()):
        return False
    return _PATH.match(value) is not None or Path(value).suffix.lower() in _NAMED_SUFFIXES
