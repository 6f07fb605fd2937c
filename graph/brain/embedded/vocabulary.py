"""The planner's words: `words.toml` and `languages.toml`, read once, when first needed."""

import re
import threading
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Label = Literal[
    "image", "doc", "audio", "video", "text", "table", "data", "mesh", "web", "quote", "language"
]
"""What a mention in a request is; `doc` is a file that reads as a document, `web` any other URL."""

FILE_LABELS: tuple[Label, ...] = (
    "image", "doc", "audio", "video", "text", "table", "data", "mesh", "web",
)  # fmt: skip

_MACRO = re.compile(r"\{([a-z_]+)\}")
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What `words.toml` and `languages.toml` hold, in the form the planner uses."""

    suffixes: Mapping[str, Label]
    documents: frozenset[str]
    languages: Mapping[str, str]
    """Name of a language in any language, lower case -> ISO 639-1 code."""
    nouns: Mapping[str, re.Pattern[str]]
    """Label -> nouns that tell it."""
    noun_sources: Mapping[str, str]
    """Label -> the same as an expression, for cues."""
    products: Mapping[str, re.Pattern[str]]
    """Kind name -> nouns for what it makes."""
    one: re.Pattern[str]
    many: re.Pattern[str]
    original: re.Pattern[str]
    verbs: re.Pattern[str]
    """Words that open an instruction."""
    rework: re.Pattern[str]
    """Instructions that work on a text that is there already."""
    joins: re.Pattern[str]
    """Words and marks between clauses, in the groups `then`, `and_` and `after`."""
    statement: re.Pattern[str]
    questions: re.Pattern[str]
    polite: re.Pattern[str]
    smalltalk: re.Pattern[str]
    beyond: Mapping[str, re.Pattern[str]]
    """What no kind can do -> how it is asked for."""
    common_things: frozenset[str]
    singulars: Mapping[str, str]
    small_words: frozenset[str]
    """Words without a meaning of their own."""
    pointing: re.Pattern[str]
    """How a phrase begins that points to something else."""
    numbers: Mapping[str, int]


def read_toml(name: str) -> dict[str, Any]:
    """The data file of that name beside this module."""
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))


def mention_source(label: str) -> str:
    """An expression for the stand-in of any mention of that label (see `mentions.mask`)."""
    labels = {"file": "|".join(FILE_LABELS), "image": "image|doc"}.get(label, label)
    return rf"⟨_(?:{labels})\d+⟩"


def spaced(source: str) -> str:
    """The expression with stand-ins for `<label>` and any white space for each space.

    A space with a question mark may be missing.
    """
    labels = (*FILE_LABELS, "quote", "language", "file")
    for label in labels:
        source = source.replace(f"<{label}>", mention_source(label))
    return source.replace(" ?", r"\s*").replace(" ", r"\s+")


def phrases(sources: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the phrases as whole words."""
    return re.compile(rf"(?<!\w)(?:{spaced('|'.join(sources))})(?!\w)", re.IGNORECASE)


def vocabulary() -> Vocabulary:
    """The words, read from the package when first asked for."""
    with _LOCK:
        return _read()


def _joins(verbs: Mapping[str, list[str]]) -> re.Pattern[str]:
    groups = {"then": "joins_then", "after": "joins_after", "and_": "joins_and"}
    named = "|".join(f"(?P<{name}>{'|'.join(verbs[key])})" for name, key in groups.items())
    marks = r",|\s[&+–—-]\s|→|->|=>"  # noqa: RUF001
    return re.compile(rf",?\s*(?<!\w)(?:{spaced(named)})(?!\w),?|{marks}", re.IGNORECASE)


@cache
def pattern(group: str, name: str) -> re.Pattern[str]:
    """The expression of that name in `patterns.toml`, compiled when first asked for."""
    return _compiled(_patterns()[group][name])


@cache
def patterns(group: str, name: str) -> tuple[re.Pattern[str], ...]:
    """The expressions of that name in `patterns.toml`; none if the name is not there."""
    sources = _patterns()[group].get(name, ())
    return tuple(map(_compiled, [sources] if isinstance(sources, str) else sources))


def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(_expanded(source), re.IGNORECASE | re.DOTALL)


def _expanded(source: str) -> str:
    macros = _patterns()["macros"]
    source = re.sub(r"\n *", "", source)
    return spaced(_MACRO.sub(lambda m: _expanded(macros[m[1]]), source))


@cache
def _patterns() -> dict[str, Any]:
    return read_toml("patterns.toml")


@cache
def _read() -> Vocabulary:
    words = read_toml("words.toml")
    return Vocabulary(
        suffixes={s: label for label, group in words["suffixes"].items() for s in group},
        documents=frozenset(words["documents"]["names"]),
        languages={n: code for code, ns in read_toml("languages.toml").items() for n in ns},
        nouns={label: phrases(group) for label, group in words["nouns"].items()},
        noun_sources={label: "|".join(group) for label, group in words["nouns"].items()},
        products={kind: phrases(group) for kind, group in words["products"].items()},
        one=phrases(words["pronouns"]["one"]),
        many=phrases(words["pronouns"]["many"]),
        original=phrases(words["pronouns"]["original"]),
        verbs=phrases(words["verbs"]["start"]),
        rework=phrases(words["verbs"]["rework"]),
        joins=_joins(words["verbs"]),
        statement=phrases(words["verbs"]["statement"]),
        questions=phrases(words["verbs"]["question"]),
        polite=phrases(words["verbs"]["polite"]),
        smalltalk=phrases(words["smalltalk"]["whole"]),
        beyond={what: phrases(group) for what, group in words["beyond"].items()},
        common_things=frozenset(words["things"]["common"]),
        singulars=words["singulars"],
        small_words=frozenset(words["small"]["words"]),
        pointing=phrases(words["small"]["pointing"]),
        numbers=words["numbers"],
    )
