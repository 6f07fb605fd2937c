"""Results in words: what a person would say or read aloud, whatever shape the result has."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hugginggpt.tools.artifacts import Artifact


def in_words(artifacts: Sequence[Artifact]) -> str:
    """What the main artifact says: its text, its data as a phrase, or the name of its file."""
    if not artifacts:
        return "nothing"
    main = artifacts[0]
    if main.text is not None:
        return main.text
    if main.path is not None:
        return main.path
    return phrase(main.data)


def phrase(data: Any) -> str:
    """Structured output of a task as a phrase; the shapes are those of the Hub's task specs."""
    if isinstance(data, list):
        if not data:
            return "nothing found"
        if all(isinstance(item, Mapping) for item in data):
            return _phrase_rows(data)
        return ", ".join(phrase(item) for item in data)
    if isinstance(data, Mapping):
        return ", ".join(f"{name} {phrase(value)}" for name, value in data.items())
    return f"{data:.3g}" if isinstance(data, float) else str(data)


def _phrase_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    first = rows[0]
    if "box" in first:
        return _counted(Counter(str(row.get("label", "text")) for row in rows))
    if "answer" in first:
        return str(first["answer"])
    if "entity_group" in first:
        return ", ".join(f"{row['word']} ({row['entity_group'].lower()})" for row in rows)
    if "label" in first:
        return f"{first['label']} ({_percent(first)})"
    if "start" in first and "end" in first:
        return ", ".join(f"{row['start']:.1f} to {row['end']:.1f} s" for row in rows)
    if "text" in first and "score" in first:
        return "; ".join(f"{row['text']} ({row['score']:.2f})" for row in rows)
    if "x" in first:
        return f"{len(rows)} points"
    return "; ".join(phrase(row) for row in rows)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {label}{'s' if n > 1 else ''}" for label, n in counts.items())


def _percent(row: Mapping[str, Any]) -> str:
    return f"{100 * float(row.get('score', 0)):.0f} %"


def short_path(path: str) -> str:
    """The path from the current folder, where that is shorter to say."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return path if relative.startswith("..") else relative
