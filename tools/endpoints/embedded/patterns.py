"""Dates, times, addresses of mail and web, telephone numbers and amounts, found by their form."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_NUMBER = r"\d{1,3}(?:[,.'\u2019 ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
_SIGN = r"[$€£¥₹]|\b(?:US\$|USD|EUR|GBP|CHF|JPY|CAD|AUD|INR|SEK|NOK|DKK|PLN)"
_UNIT = (
    r"[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|INR|SEK|NOK|DKK|PLN|dollars?|euros?|pounds?|cents?|"
    r"pence|francs?|yen|rupees?|kron(?:er|or))\b"
)
_SCALE = r"(?:\s?(?:thousand|million|billion|bn|[mk])\b)"


class Pattern(NamedTuple):
    """How one group of entities is written, and a last check of what matched."""

    group: str
    form: str
    holds: Callable[[str], bool] = lambda _: True


def _is_date(word: str) -> bool:
    numbers = re.findall(r"\d+", word)
    if len(numbers) != 3 or re.search(r"[A-Za-z]", word):
        return True
    first, second, third = map(int, numbers)
    day, month = (third, second) if len(numbers[0]) == 4 else (first, second)
    return 1 <= min(day, month) <= 12 and max(day, month) <= 31


def _is_time(word: str) -> bool:
    hours, minutes, *_ = (int(number) for number in [*re.findall(r"\d+", word), "0", "0"])
    return hours <= 24 and minutes < 60


def _is_phone(word: str) -> bool:
    groups = re.findall(r"\d+", word)
    years = [group for group in groups if re.fullmatch(r"(?:1[5-9]|20)\d\d", group)]
    return 7 <= sum(map(len, groups)) <= 15 and len(years) < len(groups)


PATTERNS = (
    Pattern(
        "URL",
        r"(?:https?://|\bwww\.)[^\s<>\"]{2,2000}|(?<![\w@.-])(?:[\w-]{1,63}\.){1,5}"
        r"(?:com|org|net|edu|gov|io|eu|info|co\.uk|de|fr|nl|ch|it|es)\b(?:/[^\s<>\"]{0,2000})?",
    ),
    Pattern("EMAIL", r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,24}\b"),
    Pattern(
        "MONEY",
        rf"(?<![\w.,])(?:{_SIGN})\s?-?(?:{_NUMBER}){_SCALE}?"
        rf"|(?<![\w.,])(?:{_NUMBER}){_SCALE}?\s?(?:{_UNIT})",
    ),
    Pattern("PERCENT", r"(?<![\w.,])\d+(?:[.,]\d+)?\s?(?:%|per ?cent\b)"),
    Pattern(
        "DATE",
        rf"\b\d{{4}}-\d{{1,2}}-\d{{1,2}}\b|(?<![\d./-])\d{{1,2}}([./-])\d{{1,2}}\1(?:\d{{4}}|\d{{2}})\b"
        rf"|\b(?:{_WEEKDAY},? )?{_DAY} (?:of )?{_MONTH}(?:,? \d{{4}}\b)?"
        rf"|\b(?:{_WEEKDAY},? )?{_MONTH} {_DAY}\b(?:,? \d{{4}}\b)?"
        rf"|\b{_MONTH} \d{{4}}\b|\b{_WEEKDAY}\b|(?:(?<=\bin )|(?<=\bsince ))(?:1[5-9]|20)\d\d\b",
        _is_date,
    ),
    Pattern(
        "TIME",
        r"(?<![\d.:])\d{1,2}:\d{2}(?::\d{2})?\b(?:\s?[ap]\.?m\b\.?)?"
        r"|(?<![\d.:])\d{1,2}(?:\.\d{2})?\s?[ap]\.?m\b\.?|\b\d{1,2}h(?:\d{2})?\b|\b(?:noon|midnight)\b",
        _is_time,
    ),
    Pattern(
        "PHONE",
        r"(?<![\w.,$€£#+-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\) ?)?"
        r"\d{2,5}(?:[ .-]\d{2,5}){1,5}(?![\w]|[.,]\d)"
        r"|(?<!\w)\+\d{8,15}\b|(?<![\w.,])\(?0\d{8,11}\b",
        _is_phone,
    ),
)
"""In order of precedence: what an earlier pattern took, a later one does not see."""

_COMPILED = {each.group: re.compile(each.form, re.IGNORECASE) for each in PATTERNS}


class Entity(NamedTuple):
    """One thing found in a text."""

    group: str
    word: str
    start: int
    end: int


def find_entities(text: str) -> list[Entity]:
    """Everything in `text` that fits a pattern, in order of appearance, without overlaps."""
    found: list[Entity] = []
    taken = bytearray(len(text))
    for pattern in PATTERNS:
        for entity in _matches(text, pattern):
            if not any(taken[entity.start : entity.end]):
                taken[entity.start : entity.end] = b"\1" * len(entity.word)
                found.append(entity)
    return sorted(found, key=lambda entity: entity.start)


def _matches(text: str, pattern: Pattern) -> Iterator[Entity]:
    for match in _COMPILED[pattern.group].finditer(text):
        word = match[0].rstrip(".,;:!?)]}'\"" if pattern.group in ("URL", "DATE") else " ")
        if pattern.holds(word):
            yield Entity(pattern.group, word, match.start(), match.start() + len(word))


def find_patterns(arguments: Mapping[str, Any], _call: Call) -> list[Artifact]:
    """The entities in order of appearance, with their places in the text; none is a result too."""
    entities = find_entities(given_text(arguments, "text"))
    return [
        Artifact.of_data(
            [
                {
                    "entity_group": e.group,
                    "word": e.word,
                    "score": 1.0,
                    "start": e.start,
                    "end": e.end,
                }
                for e in entities
            ],
            count=len(entities),
        )
    ]
