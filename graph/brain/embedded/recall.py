"""A request that is the same as one that was taught takes its plan as it is.

The same: word for word, whatever the names of the files, what is quoted and which languages.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded.mentions import Mention, file_label, mask
from hugginggpt.graph.brain.embedded.pasted import with_pasted_text
from hugginggpt.graph.brain.embedded.tasklist import WireTask
from hugginggpt.graph.request import Request
from hugginggpt.graph.unfolding import fresh_keys
from hugginggpt.tools.kinds import Modality

_REFERENCE = re.compile(r"<GENERATED>-(\d+)")
_CLOSING = " .!\n\t"


class Wording(NamedTuple):
    """What makes two requests the same."""

    text: str
    """Masked, in lower case."""
    unnamed: tuple[Modality, ...]
    """Files that come with the request and are not named in it."""


class Said(NamedTuple):
    """A request: how it is worded, and what it is about."""

    wording: Wording
    things: tuple[Mention, ...]
    """What it names, in order, then its files that it does not name."""


def said_in(request: Request) -> Said:
    """How the request is worded, and what it names."""
    masked = with_pasted_text(mask(request))
    named = {str(mention.value) for mention in masked.mentions}
    unnamed = [name for name in request.fresh if name not in named]
    labels = [file_label(name, request.resources[name].modality) for name in unnamed]
    files = [Mention(label or "text", n, n) for n, label in zip(unnamed, labels, strict=True)]
    text = " ".join(masked.text.casefold().split()).strip(_CLOSING)
    modalities = tuple(request.resources[name].modality for name in unnamed)
    return Said(Wording(text, modalities), (*masked.mentions, *files))


def recalled(
    tasks: Sequence[Mapping[str, Any]], taught: Said, request: Request, said: Said
) -> list[WireTask] | None:
    """The taught plan for a request of the same wording; None where it would not fit.

    In a conversation it fits only a request that says what it is about: words such as "that" may
    mean an earlier result there.
    """
    pairs = list(zip(taught.things, said.things, strict=True))
    if request.earlier and not (tasks and pairs):
        return None
    if any(a.value == c.value and b.value != d.value for a, b in pairs for c, d in pairs):
        return None
    keys = fresh_keys(request.earlier)
    numbers = {str(task["id"]): next(keys) for task in tasks}
    return [_renewed(task, pairs, numbers) for task in tasks]


def _renewed(
    task: Mapping[str, Any], pairs: Sequence[tuple[Mention, Mention]], numbers: Mapping[str, str]
) -> WireTask:
    return {
        "task": task["task"],
        "id": int(numbers[str(task["id"])]),
        "dep": [int(numbers.get(str(key), key)) for key in task["dep"]],
        "args": {name: _exchanged(value, pairs, numbers) for name, value in task["args"].items()},
    }


def _exchanged(
    value: Any, pairs: Sequence[tuple[Mention, Mention]], numbers: Mapping[str, str]
) -> Any:
    for old, new in pairs:
        if value == old.value:
            return new.value
    if isinstance(value, list):
        return [_exchanged(item, pairs, numbers) for item in value]
    if not isinstance(value, str):
        return value
    value = _REFERENCE.sub(lambda m: f"<GENERATED>-{numbers.get(m[1], m[1])}", value)
    return _rewritten(value, pairs)


def _rewritten(text: str, pairs: Iterable[tuple[Mention, Mention]]) -> str:
    """The text with what it quotes of the taught request as the new one has it."""
    changed = {old.written: new.written for old, new in pairs if old.label != "language"}
    if not changed:
        return text
    longest_first = sorted(changed, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda m: changed[m[0]], text)
