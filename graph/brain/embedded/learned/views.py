"""A request as the learned part of the planner sees it: words, letters, files, the rules' plan."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from hugginggpt.graph.brain.embedded.cues import Hit
from hugginggpt.graph.brain.embedded.mentions import STAND_IN, Masked
from hugginggpt.graph.request import Request
from hugginggpt.tools.blanks import blanks
from hugginggpt.tools.kinds import KINDS, MODALITIES, Modality

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

Reason = Literal["chat", "unsupported"]
NAMES: tuple[str, ...] = tuple(KINDS)
"""The kinds in the order in which they are counted here."""
POSITION: Mapping[str, int] = {name: index for index, name in enumerate(NAMES)}
REASONS: tuple[Reason, ...] = ("chat", "unsupported")
"""Why a request may need no task; they are learned like kinds, and counted after them."""
WANTS: tuple[tuple[Modality, ...], ...] = tuple(
    tuple(a.modality for a in kind.required if not a.setting) for kind in KINDS.values()
)
"""Modalities that each kind needs."""

_MOST_WORDS = 150
_RUNS = (1, 2, 3)
"""So many words in a row make a term."""
_GRAMS = (3, 4)
"""So many letters in a row make a gram."""
_TOKEN = re.compile(
    r"⟨_[a-z]+⟩|[^\W\d_\u4e00-\u9fff]+(?:'[^\W\d_]+)?|\d+|[?!\[\]→+&/:>]|[\u4e00-\u9fff]"
)
_LEAST = (1, 2, 3)
"""Whether there are at least so many files of a modality."""
_FILES: frozenset[Modality] = frozenset({"image", "audio", "video", "table"})


class Rules(NamedTuple):
    """What the rules make of a request."""

    kinds: tuple[str, ...]
    """Kinds that they plan, in order."""
    hits: tuple[Hit, ...]
    """Cues that stand in the text."""
    asking: int
    """How many clauses ask for something."""
    understood: int
    """In how many of them there is something to do."""
    weakest: float
    """The weight of the weakest cue that they go by; 0 if by none."""


class View(NamedTuple):
    """What is known of a request before its tasks are chosen."""

    text: str
    """Masked: see `mentions.mask`."""
    quotes: tuple[str, ...]
    rules: Rules
    files: Mapping[Modality, int]
    """How many files of each modality come with the request."""
    earlier: tuple[str, ...]
    """Kinds of the tasks of earlier turns."""


def view_of(request: Request, masked: Masked, rules: Rules) -> View:
    """The request with its mentions masked and what the rules make of it."""
    files = Counter(request.resources[name].modality for name in request.fresh)
    named = {str(m.value): m.modalities[0] for m in masked.mentions if m.is_file}
    files.update(label for name, label in named.items() if name not in request.fresh)
    quotes = tuple(str(m.value) for m in masked.mentions if m.label == "quote")
    earlier = tuple(result.kind for result in request.earlier.values() if result.kind in KINDS)
    return View(masked.text, quotes, rules, files, earlier)


def tokens(text: str) -> list[str]:
    """Words, numbers and telling marks of masked text in lower case."""
    plain = STAND_IN.sub(lambda match: f" ⟨_{match[1]}⟩ ", text).lower()
    return ["0" if t.isdigit() else t for t in _TOKEN.findall(plain)[:_MOST_WORDS]]


def terms(view: View) -> Counter[str]:
    """Runs of words, how the request begins and ends, and what its quotations are like."""
    found = tokens(view.text)
    counts = Counter(" ".join(found[i : i + n]) for n in _RUNS for i in range(len(found) - n + 1))
    if found:
        counts.update([f"^{found[0]}", f"^{' '.join(found[:2])}", f"{found[-1]}$"])
    counts.update(_told_by(view))
    return counts


def _told_by(view: View) -> Iterator[str]:
    if blanks(" ".join(view.quotes)):
        yield "quote with a gap"
    if re.search(r"\[mask\]|_{2,}", view.text, re.IGNORECASE):
        yield "text with a gap"
    if any(quote.endswith("?") for quote in view.quotes):
        yield "quoted question"


def grams(view: View) -> Counter[str]:
    """Runs of letters in the words: what is left of them in typos and other endings."""
    words = (f"<{token}>" for token in tokens(view.text) if not token.startswith("⟨"))
    return Counter(w[i : i + n] for w in words for n in _GRAMS for i in range(len(w) - n + 1))


def plain(view: View) -> str:
    """The text with a word for each mention, to be embedded."""
    return STAND_IN.sub(lambda match: f" {match[1]} ", view.text)


def situation(view: View) -> Numbers:
    """Files that there are and tasks that are done, as zeros and ones."""
    import numpy as np

    counts = [view.files.get(modality, 0) for modality in MODALITIES]
    done = [name in view.earlier for name in NAMES]
    last = [name == (view.earlier or ("",))[-1] for name in NAMES]
    numbers = [count >= least for least in _LEAST for count in counts]
    return np.array([*numbers, *done, *last, bool(view.earlier)], dtype=np.float32)


def situation_size() -> int:
    """How many zeros and ones `situation` gives."""
    return len(_LEAST) * len(MODALITIES) + 2 * len(NAMES) + 1


def planned(view: View) -> Numbers:
    """The rules' plan: 1 for each kind, a little more where it is planned more than once."""
    import numpy as np

    counts = Counter(view.rules.kinds)
    return np.array(
        [min(counts[name], 2) / 2 + 0.5 * (counts[name] > 0) for name in NAMES], dtype=np.float32
    )


def signs(view: View) -> Numbers:
    """What speaks for each kind besides words that were learned; shape (kinds, signs)."""
    import numpy as np

    weights: dict[str, float] = {}
    for hit in view.rules.hits:
        weights[hit.name] = max(weights.get(hit.name, 0), hit.weight)
    things = {hit.name for hit in view.rules.hits if hit.thing}
    found = Counter(hit.name for hit in view.rules.hits)
    counts = Counter(view.rules.kinds)
    given = {m for name in view.earlier for m in MODALITIES if KINDS[name].gives(m)}
    rows = []
    for name, wants in zip(NAMES, WANTS, strict=True):
        weight, media = weights.get(name, 0), _FILES & set(wants)
        here = any(view.files.get(m, 0) for m in media)
        rows.append([
            weight > 0, weight >= 1, weight >= 2, min(weight, 3) / 2, min(found[name], 3) / 2,
            name in things, counts[name] > 0, counts[name] > 1,
            counts[name] > 0 and len(set(view.rules.kinds)) == 1,
            name in view.earlier, bool(view.earlier) and view.earlier[-1] == name,
            here, bool(media) and not here and not media & given, bool(media & given),
            not media and "text" in wants and view.files.get("text", 0) > 0,
            "text" in wants and "text" in given, not wants,
        ])  # fmt: skip
    return np.array(rows, dtype=np.float32)
