"""The knobs that a clause sets: languages, counts, labels, voice, columns."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from hugginggpt.graph.brain.embedded.vocabulary import mention_source, pattern, patterns, vocabulary
from hugginggpt.graph.brain.embedded.wording import Words, clean

_NEAR = 12
_QUOTES = "'\"“”„‘’«»`"  # noqa: RUF001
_LONGEST_LABEL = 60
_WORDS_A_MINUTE = {"slowly": 120, "fast": 230}
"""How fast to speak; an unhurried reader does about 175."""
_SEXES = {"woman": "female", "girl": "female", "man": "male", "boy": "male"}


def target_languages(words: Words) -> list[str]:
    """The languages to translate into, as ISO 639-1 codes; English if only the source is told."""
    mentions = words.mentions("language")
    starts = [m.start() for m in re.finditer(mention_source("language"), words.text)]
    before = [words.text[max(0, start - _NEAR) : start] for start in starts]
    into = [i for i, text in enumerate(before) if pattern("language", "into").search(text)]
    if into:
        return list(dict.fromkeys(str(mention.value) for mention in mentions[into[0] :]))
    others = [i for i, text in enumerate(before) if not pattern("language", "from").search(text)]
    if others:
        return [str(mentions[others[-1]].value)]
    return ["en"] if mentions else []


def source_language(words: Words) -> str | None:
    """The language to translate from, where the clause names it beside the other."""
    targets = target_languages(words)
    return next((str(m.value) for m in words.mentions("language") if m.value not in targets), None)


def only_language(words: Words) -> str | None:
    """The language that the clause names, if it names one."""
    languages = words.mentions("language")
    return str(languages[0].value) if len(languages) == 1 else None


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit():
        return int(word)
    return vocabulary().numbers.get(re.sub(r"\s+", " ", word.lower()))


def sentences(words: Words) -> int | None:
    """How many sentences a summary is to have."""
    found = pattern("settings", "sentences").search(words.text)
    return _number(found[1]) if found else None


def steps(words: Words) -> int | None:
    """How many values to forecast."""
    found = pattern("settings", "steps").search(words.text)
    return _number(found[1]) if found else None


def voice(words: Words) -> str | None:
    """The voice to speak with."""
    found = pattern("settings", "voice").search(words.text)
    if found is None:
        return None
    word = found[1].lower().removesuffix("s").removesuffix("'")
    return _SEXES.get(word, word)


def speed(words: Words) -> int | None:
    """How fast to speak, in words a minute."""
    found = pattern("settings", "words_a_minute").search(words.text)
    if found:
        return int(found[1])
    for name, words_a_minute in _WORDS_A_MINUTE.items():
        if pattern("settings", name).search(words.text):
            return words_a_minute
    return None


def column(words: Words) -> str | None:
    """The column of a table that is to be predicted."""
    quotes = words.quotes()
    if quotes:
        return quotes[0]
    text = pattern("files", "placed").sub(" ", words.text)
    named = (found[1] for p in patterns("column", "named") for found in p.finditer(text))
    return next((name for name in named if not pattern("column", "none").fullmatch(name)), None)


def labels(words: Words) -> list[str]:
    """The labels that the clause offers: "as sport, politics or science"."""
    text = pattern("files", "placed").sub(" ", words.text)
    first = pattern("labels", "between").search(text)
    openings = pattern("labels", "opening").finditer(text)
    opened = [match.end() for match in openings if first and match.end() <= first.start()]
    listed = pattern("labels", "noise").sub("", text[opened[-1] :]) if opened else ""
    parts = pattern("labels", "between").split(listed)
    names = [name for part in parts if (name := _label(part, words))]
    if len(names) > 1:
        return list(dict.fromkeys(names))
    quotes = words.quotes()
    return quotes[1:] if len(quotes) > 2 else quotes if len(quotes) == 2 else []


def _label(text: str, words: Words) -> str:
    text = re.sub(rf"\s*{mention_source('file')}.*$", "", text, flags=re.DOTALL)
    text = pattern("labels", "article").sub("", text.strip())
    return clean(text, words.masked).strip(_QUOTES) if len(text) <= _LONGEST_LABEL else ""


SETTINGS: Mapping[str, Callable[[Words], Any]] = {
    "source_language": source_language,
    "language": only_language,
    "sentences": sentences,
    "steps": steps,
    "voice": voice,
    "speed": speed,
    "labels": labels,
}
"""Setting -> what reads it from a clause. Others depend on the kind: see `filling`."""
