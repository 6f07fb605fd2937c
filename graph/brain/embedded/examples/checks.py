"""What can be wrong with examples: plans, arguments, near-duplicates, balance. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from hugginggpt.graph.brain.embedded.examples import Example
from hugginggpt.tools.errors import PlanError
from hugginggpt.tools.kinds import KINDS

LEAST_PER_KIND = 40
"""So many examples each kind is to have."""
_MEDIA = frozenset({"image", "audio", "video", "table", "mesh"})
_TOO_ALIKE = 0.55
"""From this share of common pieces on two requests are the same in other clothes."""
_LEAST_PIECES = 3
"""Shorter requests may be alike."""
_FILE = re.compile(r"\S+\.\w{2,4}\b")


def faults(example: Example) -> list[str]:
    """What is wrong with one example by itself."""
    try:
        plan = example.to_plan()
    except PlanError as error:
        return list(error.complaints)
    found = [note for task in plan.tasks.values() for note in task.notes]
    if len(plan.tasks) != len(example.tasks):
        found.append("a list unfolds: write one task for each file")
    taken = [task["id"] for task in example.tasks if str(task["id"]) in example.earlier]
    return [*found, *(f"the id {key} is taken" for key in taken), *_strange_words(example)]


def _strange_words(example: Example) -> Iterator[str]:
    """Arguments in words that nobody has said, and media that are no files."""
    said = " ".join([example.request, *(turn.text for turn in example.history)]).lower()
    for task in example.tasks:
        kind = KINDS[task["task"]]
        for name, given in task["args"].items():
            argument = kind.argument(name)
            for value in given if isinstance(given, list) else [given]:
                if not isinstance(value, str) or "<GENERATED>" in value or value in example.files:
                    continue
                if argument and argument.modality in _MEDIA:
                    yield f"{name}={value!r} is no file"
                elif argument and not argument.setting and value.lower() not in said:
                    yield f"{name}={value!r} is not in the request"


def duplicates(examples: Sequence[Example]) -> list[tuple[Example, Example]]:
    """Pairs of requests that are too much alike, each once."""
    pieces = [_pieces(example) for example in examples]
    index: dict[tuple[str, ...], list[int]] = {}
    pairs: list[tuple[Example, Example]] = []
    for number, own in enumerate(pieces):
        shared = Counter(other for piece in own for other in index.get(piece, ()))
        for other, count in shared.most_common(1):
            alike = count / len(own | pieces[other])
            if min(len(own), len(pieces[other])) >= _LEAST_PIECES and alike > _TOO_ALIKE:
                pairs.append((examples[other], examples[number]))
        for piece in own:
            index.setdefault(piece, []).append(number)
    return pairs


def _pieces(example: Example) -> set[tuple[str, ...]]:
    """Every three words in a row; every four characters where words are not set apart."""
    text = _FILE.sub("F", example.request.lower())
    units = list(re.sub(r"\s+", "", text)) if example.language == "zh" else re.findall(r"\w+", text)
    size = 4 if example.language == "zh" else 3
    return {tuple(units[i : i + size]) for i in range(max(1, len(units) - size + 1))}


def coverage(examples: Sequence[Example]) -> Counter[str]:
    """In how many examples each kind is planned."""
    return Counter(kind for e in examples for kind in {task["task"] for task in e.tasks})


def scarce(examples: Sequence[Example]) -> dict[str, int]:
    """The kinds with fewer examples than there should be."""
    counts = coverage(examples)
    return {kind: counts[kind] for kind in KINDS if counts[kind] < LEAST_PER_KIND}
