"""Cutting a text into sentences, and a sentence into the words that carry meaning."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Sentence(NamedTuple):
    """One sentence, heading or list item, and where it stands in the text."""

    text: str
    """White space is single blanks."""
    start: int
    end: int
    heading: bool = False


_LINE = re.compile(r"[^\n]+")
_BULLET = re.compile(r"\s*(?:[-*•‣\u2013]|\(?\d{1,2}[.)])\s+")
_HEADING_MARK = re.compile(r"\s*#{1,6}\s+")
_MARK = re.compile(f"(?:{_BULLET.pattern}|{_HEADING_MARK.pattern})")
_STOP = re.compile(r"""[.!?…]+["'”\u2019)\]]*(?=\s|$)|[。\uff01\uff1f]+[”』」]*""")
_OPENING = re.compile(r"""\s*["'“\u2018(\[¿¡]*(\w)?""")
_INITIAL = re.compile(r"(?:^|[\s(])(?:[A-Z]\.)*[A-Z]\.$")
_ABBREVIATION_LIST = (
    "mr mrs ms dr prof rev hon sr jr st mt no nos fig figs vol pp ed eds approx ca cf vs viz al "
    "inc ltd co corp dept est e.g i.e jan feb mar apr jun jul aug sep sept oct nov dec"
)
_ABBREVIATIONS = frozenset(_ABBREVIATION_LIST.split())
_SHORT_LINE = 0.6
"""A line this much shorter than the longest of its paragraph was ended on purpose."""
_NARROW = 50
"""Lines of a paragraph that stays within this many characters are a list, not wrapped text."""
_HEADING_WORDS = 9

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_STOPWORD_LIST = (
    "a about after again all also am an and any are as at be because been before being both "
    "but by can could did do does doing done during each for from further had has have "
    "having he her here hers him his how i if in into is it its itself just may me might "
    "more most much must my no nor not now of off on once only or other our out over own "
    "please same say says shall she should so some such tell than that the their them then "
    "there these they this those through to too under until up us very was we were what when "
    "where which while who whom whose why will with would you your yours"
)
_STOPWORDS = frozenset(_STOPWORD_LIST.split())
_ENDINGS = ("ingly", "edly", "ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ed")


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of `text` in order; headings, list items and lines of a list are their own."""
    found: list[Sentence] = []
    for start, end, heading in _units(text):
        for first, last in _stops(text, start, end):
            words = " ".join(_without_mark(text[first:last]).split())
            if words:
                found.append(Sentence(words, first, last, heading))
    return found


def _without_mark(text: str) -> str:
    mark = _MARK.match(text)
    return text[mark.end() :] if mark else text


def _units(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where each run of wrapped lines begins and ends, and whether it is a heading."""
    for paragraph in re.finditer(r"(?:[^\n]*\S[^\n]*(?:\n|$))+", text):
        lines = [m for m in _LINE.finditer(text, *paragraph.span()) if m[0].strip()]
        widest = max(len(m[0]) for m in lines)
        start = lines[0].start()
        for line, following in zip(lines, [*lines[1:], None], strict=True):
            if following is None or _breaks(line[0], following[0], widest):
                alone = len(lines) == 1 and start == line.start()
                yield start, line.end(), _is_heading(line[0], alone)
                start = following.start() if following else start


def _breaks(line: str, following: str, widest: int) -> bool:
    if _BULLET.match(following) or _HEADING_MARK.match(line) or widest <= _NARROW:
        return True
    return len(line) < _SHORT_LINE * widest and not following.lstrip()[:1].islower()


def _is_heading(line: str, alone: bool) -> bool:
    if _HEADING_MARK.match(line):
        return True
    words = line.split()
    return (
        alone
        and not _BULLET.match(line)
        and len(words) <= _HEADING_WORDS
        and not re.search(r"""[.!?…。\uff01\uff1f;,]["'”\u2019)]*\s*$""", line)
        and words[0][:1].isupper()
    )


def _stops(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where each sentence of the unit begins and ends."""
    first = start
    for stop in _STOP.finditer(text, start, end):
        if _ends_sentence(text[first : stop.end()], text[stop.end() : end]):
            yield first, stop.end()
            rest = re.compile(r"\s*").match(text, stop.end(), end)
            first = rest.end() if rest else stop.end()
    if first < end:
        yield first, end


def _ends_sentence(before: str, after: str) -> bool:
    opening = _OPENING.match(after)
    letter = opening[1] if opening else None
    if letter and letter.islower():
        return False
    if not before.endswith("."):
        return True
    if _BULLET.fullmatch(before + " "):
        return False
    last = before.split()[-1].strip("\"'“”\u2018\u2019()[]").removesuffix(".").lower()
    return last not in _ABBREVIATIONS and not (_INITIAL.search(before) and letter)


def all_words(text: str) -> list[str]:
    """Every word in lower case, in order."""
    return [word.lower().replace("\u2019", "'") for word in _WORD.findall(text)]


def key_words(text: str) -> list[str]:
    """The words that carry meaning, without their endings, in order."""
    return [stem(word) for word in all_words(text) if word not in _STOPWORDS]


def stem(word: str) -> str:
    """`word` without its English ending, so that `opened`, `opening` and `opens` are one."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    else:
        if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
            word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word
