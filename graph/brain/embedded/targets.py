"""Things to count or to find in a picture, as a clause names them."""

import re

from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.graph.brain.embedded.wording import Words

_BETWEEN = re.compile(r",\s*|\band\b|\bor\b")
_DETERMINER = re.compile(r"^(?:the|my|all|an?|any|some|different)\s+")


def targets(words: Words) -> list[str]:
    """What to count or look for, in the singular; empty for whatever is there."""
    text = pattern("files", "placed").sub(" in it ", words.text)
    for name in ("counted", "looked_for"):
        for found in pattern("targets", name).finditer(text):
            named = pattern("targets", "end").sub("", found[1])
            names = [target for part in _BETWEEN.split(named) if (target := _target(part))]
            if names:
                return list(dict.fromkeys(names))
    return []


def counts(words: Words) -> bool:
    """Whether the clause asks for a number of things."""
    return pattern("targets", "counted").search(words.text) is not None


def are_common(names: list[str]) -> bool:
    """Whether a detector of the common kinds knows all of these."""
    common = vocabulary().common_things
    return all(name.rsplit(" ", 1)[-1] in common for name in names)


def _target(part: str) -> str:
    words = _DETERMINER.sub("", part.strip().lower()).split()
    if not words or any(word in vocabulary().small_words for word in words):
        return ""
    name = " ".join([*words[:-1], singular(words[-1])])
    return "" if pattern("targets", "none").fullmatch(name) else name


def singular(noun: str) -> str:
    """The noun for one of them."""
    irregular = vocabulary().singulars.get(noun)
    if irregular:
        return irregular
    if noun.endswith("ies") and len(noun) > len("ties"):
        return noun[:-3] + "y"
    if noun.endswith(("ss", "us", "is")):
        return noun
    if noun.endswith(("ches", "shes", "sses", "xes", "zes")):
        return noun[:-2]
    return noun.removesuffix("s")
