"""What tasks produce: `Artifact`, and the `Workspace` that keeps the media files."""

import hashlib
import json
import mimetypes
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hugginggpt.tools.errors import WorkspaceError
from hugginggpt.tools.kinds import Modality

_DIGITS = 12
"""Of the digest of a file's content, in its name."""


class Artifact(BaseModel):
    """One thing that a task produced or a request brought, small enough for the state.

    Exactly one of `path` (media), `text` and `data` (structured JSON) is set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: Modality
    path: str | None = None
    text: str | None = None
    data: Any = None
    mime: str = "text/plain"
    metadata: dict[str, Any] = Field(default_factory=dict)
    """What else is known, such as `seconds` of audio or `width` and `height` in pixels."""

    @model_validator(mode="after")
    def _holds_one_value(self) -> Self:
        held = [v for v in (self.path, self.text, self.data) if v is not None]
        if len(held) != 1:
            raise ValueError(f"an artifact holds one of path, text and data, not {len(held)}")
        return self

    @classmethod
    def of_text(cls, text: str, **metadata: Any) -> Self:
        """A text artifact."""
        return cls(modality="text", text=text, metadata=metadata)

    @classmethod
    def of_data(cls, data: Any, **metadata: Any) -> Self:
        """A structured artifact; `data` must serialise to JSON."""
        return cls(modality="data", data=data, mime="application/json", metadata=metadata)

    def as_text(self) -> str:
        """The value in words: the text, the data as JSON, or the path of the file."""
        if self.text is not None:
            return self.text
        if self.path is not None:
            return self.path
        return json.dumps(self.data, ensure_ascii=False)


class Workspace:
    """The folder that a run writes its media files to, made when first needed.

    Names come from the content, so the same bytes are one file, and a file is
    complete from the moment it has its name.
    """

    def __init__(self, folder: str | Path, spend: Callable[[int], None] = lambda _: None) -> None:
        """Remember the folder; nothing is touched yet, and a relative one stays relative.

        `spend` is told the bytes of each new file before it is written, and may raise.
        """
        self.folder = Path(folder)
        self._spend = spend

    def write(
        self, content: bytes, suffix: str, modality: Modality, stem: str, **metadata: Any
    ) -> Artifact:
        """The artifact of `content` written as `stem-<digest><suffix>`.

        Raises:
            WorkspaceError: the folder can't be made or written to.

        """
        name = f"{stem}-{hashlib.sha256(content).hexdigest()[:_DIGITS]}{suffix}"
        folder = self.folder.expanduser().absolute()
        path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                self._spend(len(content))
                _write_atomically(path, content)
        except OSError as error:
            reason = error.strerror or str(error)
            raise WorkspaceError(
                f"cannot write to the output folder {str(folder)!r}: {reason}; "
                "choose another with --out or HUGGINGGPT_WORKSPACE"
            ) from error
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Artifact(modality=modality, path=str(path), mime=mime, metadata=metadata)


def is_whole(artifact: Artifact) -> bool:
    """Whether the file of the artifact, written by a workspace, is there and as it was."""
    path = Path(artifact.path or "")
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return False
    return path.stem.endswith(f"-{digest[:_DIGITS]}")


_being_written: set[str] = set()


def _write_atomically(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
    _being_written.add(temporary)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    finally:
        _being_written.discard(temporary)


def remove_unfinished() -> None:
    """Delete what other threads are still writing: for a process that does not wait for them."""
    for temporary in tuple(_being_written):
        with suppress(OSError):
            os.unlink(temporary)
