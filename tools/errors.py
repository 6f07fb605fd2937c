"""Every error that this package raises on purpose.

HuggingGPTError
├── InputError            the user's words, files or settings can't be used as they are
│   ├── RequestError      its words: none, or no text
│   ├── FileInputError    a file or URL: missing, empty, broken, too large, not allowed
│   └── SettingError      a setting has a value that does not exist
├── PlanError             a plan is not valid; carries every complaint
├── BrainError            a chat model can't be asked, or answers with nothing that can be used
└── TaskError             one task can't be done; becomes its result, never stops the others
    ├── NoEndpointError   no endpoint can run this kind or model here
    ├── MissingExtraError an optional package is not installed
    ├── OutOfMemoryError  a model needs more memory than there is
    └── WorkspaceError    a result can't be written
"""

from collections.abc import Iterable, Sequence
from typing import Any

from hugginggpt.tools.secrets import redacted


class HuggingGPTError(Exception):
    """Base of all errors of this package; its text is written for the user, without secrets."""

    def __init__(self, *words: object) -> None:
        """Redact the words: they quote servers, libraries and addresses."""
        super().__init__(*(redacted(word) if isinstance(word, str) else word for word in words))


class InputError(HuggingGPTError):
    """The request, a file or a setting can't be used."""


class RequestError(InputError, ValueError):
    """The words of a request can't be used."""


class FileInputError(InputError):
    """A file or URL of the request can't be used; the text names it."""


class SettingError(InputError, ValueError):
    """A setting has a value that does not exist; the text names both.

    A ValueError, like `RequestError`: LangGraph's server hands the texts of few others on.
    """


class PlanError(HuggingGPTError):
    """A plan is not valid. `complaints` says what is wrong, one sentence a fault.

    `entries` holds the positions, in the draft's list, of the entries at fault. It is empty
    where the plan as a whole can't be used: no list, too many tasks, nested too deep.
    """

    def __init__(self, complaints: Sequence[str], *, entries: Iterable[int] = ()) -> None:
        """Keep the complaints and whose they are; the join of the complaints is the message."""
        self.complaints = tuple(complaints)
        self.entries = frozenset(entries)
        super().__init__("; ".join(self.complaints))


class BrainError(HuggingGPTError):
    """A chat model can't be asked, or answers with nothing that can be used; the text names it."""

    usage: Any = None
    """What asking it has cost all the same, as `graph.usage.Usage`, where that is known."""


class TaskError(HuggingGPTError):
    """One task can't be done."""


class NoEndpointError(TaskError):
    """No endpoint can run this kind or model here; the text says what to install or set."""


class MissingExtraError(TaskError):
    """An engine's package is not installed; the text names the extra that brings it."""


class OutOfMemoryError(TaskError):
    """A model needs more memory than there is; a smaller one may do."""


class WorkspaceError(TaskError):
    """A result can't be written to the workspace; the text names the folder."""
