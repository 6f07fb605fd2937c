"""What a request mentions: files, URLs, quoted text, JSON, languages, each behind a stand-in.

Cues and clauses are looked for in the masked text, where `summarise "Cats, dogs." and
page.txt` reads `summarise ⟨_quote0⟩ and ⟨_text1⟩`: a full stop in a file name ends no
sentence, and nothing quoted is taken for an instruction.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded.vocabulary import FILE_LABELS, Label, pattern, vocabulary
from hugginggpt.graph.request import Request
from hugginggpt.tools.files import is_url
from hugginggpt.tools.kinds import Modality

MAX_SCANNED = 4_000
"""Most characters looked through for names and cues; what lies in the middle of a longer
request is content, not instruction."""
_HEAD = 3_000
_LONG_PARAGRAPH = 300
"""From this length on a paragraph of several is content, in characters."""
_MAX_NAME = 200
_MOST_BLANKS = 3
_BEFORE = 160
"""So many characters before a name tell whether it is that of a result."""

STAND_IN = re.compile(r"⟨_([a-z]+)(\d+)⟩")
"""What stands for a mention: its label and its number."""
_BLANKS = re.compile(r"[^\S\n]{4,}|\n{4,}")
_PARAGRAPH = re.compile(r"[^\n]+")
_URL = re.compile(r"https?://[^\s<>\"'“”\u2018\u2019«»⟨⟩\])}]+", re.IGNORECASE)
_DOUBLE = re.compile(r'"([^"]+)"|“([^“”]+)”|«([^«»]+)»|„([^„“”]+)[“”]|`([^`]+)`')
_SINGLE = re.compile(
    r"(?<![\w'])['\u2018](?=\S)((?:[^'\u2018\u2019\n]|(?<=\w)['\u2019](?=\w))+)['\u2019](?!\w)"
)
_SUFFIX = re.compile(r"\.([A-Za-z0-9]{2,8})(?![\w⟩])")
_PATH = re.compile(r"(?<![\w/.~)⟩])(?:~/|/|(?:\.{1,2}/)+)[\w@-][\w@.~/-]*")
_NO_NAME = frozenset(" \t\n\r\f\v\u00a0\"'“”\u2018\u2019«»,;:!?()<>[]{}|⟨⟩*`")
_JSON = re.compile(r"\{\s*\"|\[\s*-?\d")
_WORD = re.compile(r"[^\W\d_]{3,}")
_TOWARDS = re.compile(
    r"\b(?:in|into|to|from|for|the|auf|ins|en|nach|zu|al?|vers)\s$", re.IGNORECASE
)
_NAMES_LANGUAGE = re.compile(
    r"\s*(?:$|[,.!?]|(?:please|translation|version|text|for|word)\b)", re.I
)


class Mention(NamedTuple):
    """One thing that a request names."""

    label: Label
    value: Any
    """As a plan gives it: file name, URL, text, JSON value or language code."""
    written: str
    """As the user wrote it."""

    @property
    def is_file(self) -> bool:
        """Whether this is a file or URL."""
        return self.label in FILE_LABELS and isinstance(self.value, str)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """What it can be given as, the likeliest first."""
        if self.label == "doc":
            return ("image", "text") if self.value.lower().endswith(".pdf") else ("image",)
        if self.label in ("quote", "language"):
            return ("text",)
        if self.label == "web":
            return ("text", "image", "audio", "video", "table")
        return (self.label,)  # type: ignore[return-value]  # every other label is a modality


class _Span(NamedTuple):
    start: int
    end: int
    mention: Mention


@dataclass(frozen=True, slots=True)
class Masked:
    """A request with a stand-in for each mention."""

    text: str
    mentions: tuple[Mention, ...]

    def within(self, text: str) -> list[Mention]:
        """The mentions whose stand-ins are in `text`, in order."""
        return [self.mentions[int(m[2])] for m in STAND_IN.finditer(text)]

    def restore(self, text: str) -> str:
        """`text` with the user's own words for each stand-in."""
        return STAND_IN.sub(lambda m: self.mentions[int(m[2])].written, text)

    def covered(self, start: int, end: int) -> "Masked":
        """The same, with the text from `start` to `end` taken as quoted."""
        covered = self.text[start:end]
        start += len(covered) - len(covered.lstrip())
        written = self.restore(covered.strip())
        stand_in = f"⟨_quote{len(self.mentions)}⟩"
        text = self.text[:start] + stand_in + self.text[start + len(covered.strip()) :]
        return Masked(text, (*self.mentions, Mention("quote", written, written)))


def file_label(name: str, modality: Modality | None = None) -> Label | None:
    """What the file of that name is; None if its name says nothing."""
    words = vocabulary()
    path = PurePosixPath(re.split(r"[?#]", name)[0] if "://" in name else name)
    label: Label | None = modality or words.suffixes.get(path.suffix[1:].lower())  # type: ignore[assignment]
    if label == "image" and words.documents & set(re.split(r"[\W\d_]+", path.stem.lower())):
        return "doc"
    return label


def mask(request: Request) -> Masked:
    """The request's words with its mentions found."""
    masked = Masked(_without_noise(request.text), ())
    for start, end in _content(masked.text):
        masked = masked.covered(start, end)
    text, known = masked.text, masked.mentions
    spans = _spans(text, request)
    pieces: list[str] = []
    kept: list[Mention] = []
    position = 0
    for span in spans:
        if _is_output(span, text, request):
            bracketed = int(text[: span.start].endswith("(") and text.startswith(")", span.end))
            pieces.append(text[position : span.start - bracketed])
            position = span.end + bracketed
            continue
        stand_in = f"⟨_{span.mention.label}{len(known) + len(kept)}⟩"
        pieces += [text[position : span.start], stand_in]
        kept.append(_whole(span.mention, masked))
        position = span.end
    return Masked("".join([*pieces, text[position:]]), (*known, *kept))


def _is_output(span: _Span, text: str, request: Request) -> bool:
    """Whether the file is none yet, but how the user calls a result: "make a clip of it, a.mp4"."""
    mention, before = span.mention, text[max(0, span.start - _BEFORE) : span.start]
    if not mention.is_file or mention.value in request.resources or is_url(mention.value):
        return False
    if pattern("files", "saved").search(before):
        return True
    made = pattern("files", "made").search(before) or pattern("files", "wished").search(before)
    nouns = vocabulary().nouns.get(mention.modalities[0])
    return made is not None and nouns is not None and nouns.fullmatch(made["noun"]) is not None


def _whole(mention: Mention, masked: Masked) -> Mention:
    """The mention, with the content that a long request was relieved of put back."""
    value = masked.restore(mention.value) if isinstance(mention.value, str) else mention.value
    return Mention(mention.label, value, masked.restore(mention.written))


def _without_noise(text: str) -> str:
    """The text without characters that mean something to the planner or nothing to anyone."""
    text = text.translate({0: " ", ord("⟨"): "<", ord("⟩"): ">", 0x2028: "\n", 0x2029: "\n"})
    text = _BLANKS.sub(lambda match: match[0][:_MOST_BLANKS], text)
    # In a plan <GENERATED>-0 refers to a task; said by the user it is just text.
    return re.sub(r"<GENERATED>", "GENERATED", text, flags=re.IGNORECASE)


def _content(text: str) -> Iterator[tuple[int, int]]:
    """Where the request holds pasted text: long paragraphs, or the middle of a very long one."""
    paragraphs = list(_PARAGRAPH.finditer(text)) if len(text) > _LONG_PARAGRAPH else []
    long = [p for p in paragraphs if p.end() - p.start() >= _LONG_PARAGRAPH]
    others = [
        p
        for p in paragraphs
        if long and (p.end() <= long[0].start() or p.start() >= long[-1].end())
    ]
    if others and not vocabulary().verbs.match(long[0][0]):
        yield long[0].start(), long[-1].end()
    elif len(text) > MAX_SCANNED:
        end = len(text) - (MAX_SCANNED - _HEAD)
        first, last = text.find(" ", _HEAD, end), text.rfind(" ", _HEAD, end)
        yield (first, last) if first < last else (_HEAD, end)


def _spans(text: str, request: Request) -> list[_Span]:
    """The mentions in order; where two overlap the one of the earlier finder stands."""
    taken = bytearray(len(text))
    for match in STAND_IN.finditer(text):
        taken[match.start() : match.end()] = b"\1" * len(match[0])
    spans: list[_Span] = []
    for find in (_urls, _json, _quotes, _resources, _names, _paths, _languages):
        for span in find(text, request):
            inside = taken[span.start : span.end]
            if any(inside) and not (find is _quotes and "⟨" in span.mention.written):
                continue
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            spans.append(span)
    return sorted(spans)


def _urls(text: str, _: Request) -> Iterator[_Span]:
    for match in _URL.finditer(text):
        url = match[0].rstrip(".,;:!?")
        label = file_label(url) or "web"
        yield _Span(match.start(), match.start() + len(url), Mention(label, url, url))


def _quotes(text: str, request: Request) -> Iterator[_Span]:
    for marks in (_DOUBLE, _SINGLE):
        for match in marks.finditer(text):
            quoted = next(group for group in match.groups() if group is not None).strip()
            if quoted:
                yield _Span(match.start(), match.end(), _named(quoted, match[0], request))


def _named(quoted: str, written: str, request: Request) -> Mention:
    """The file of that name if it is one, otherwise a quotation."""
    name = _resource_named(quoted, request.resources)
    if name is not None:
        return _resource(name, written, request)
    is_name = len(quoted) < _MAX_NAME and re.search(r"\w\.\w{2,8}$", quoted) and "\n" not in quoted
    label = file_label(quoted) if is_name else None
    return Mention(label or "quote", quoted, written)


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1].lower()


def _resource_named(name: str, resources: Mapping[str, Any]) -> str | None:
    """The resource that `name` means: the same name, or its last part."""
    if name in resources:
        return name
    return next((r for r in resources if _last_part(r) == _last_part(name)), None)


def _resource(name: str, written: str, request: Request) -> Mention:
    modality = request.resources[name].modality
    return Mention(file_label(name, modality) or "text", name, written)


def _resources(text: str, request: Request) -> Iterator[_Span]:
    """Names of the request's files, which may hold spaces."""
    lowered = text.lower()
    if len(lowered) != len(text):  # lower case is longer in a few scripts
        lowered = text
    for name in sorted(request.resources, key=len, reverse=True):
        start = lowered.find(name.lower()) if name.strip() else -1
        while start >= 0:
            end = start + len(name)
            if not re.search(r"\w", text[max(0, start - 1) : start] + text[end : end + 1]):
                yield _Span(start, end, _resource(name, text[start:end], request))
            start = lowered.find(name.lower(), end)


def _names(text: str, request: Request) -> Iterator[_Span]:
    """Words that end in the suffix of a file."""
    last = 0
    for match in _SUFFIX.finditer(text):
        if match[1].lower() not in vocabulary().suffixes:
            continue
        start = match.start()
        while start > max(last, match.start() - _MAX_NAME) and text[start - 1] not in _NO_NAME:
            start -= 1
        last = match.end()
        if start < match.start():
            written = text[start:last]
            yield _Span(start, last, _named(written, written, request))


def _paths(text: str, request: Request) -> Iterator[_Span]:
    """Words that begin as only a path does: `/etc/hosts`, `../notes`, `~/letter`."""
    for match in _PATH.finditer(text):
        written = match[0].rstrip(".-")
        named = _named(written, written, request)
        mention = named if named.is_file else Mention("text", written, written)
        yield _Span(match.start(), match.start() + len(written), mention)


def _json(text: str, _: Request) -> Iterator[_Span]:
    """Objects and lists of numbers written out in the request."""
    position = 0
    for match in list(_JSON.finditer(text))[:8]:
        if match.start() < position:
            continue
        try:
            value, position = json.JSONDecoder().raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        written = text[match.start() : position]
        yield _Span(match.start(), position, Mention("data", value, written))


def _languages(text: str, _: Request) -> Iterator[_Span]:
    known = vocabulary().languages
    for match in _WORD.finditer(text):
        code = known.get(match[0].lower())
        if code and _is_language(text, match):
            yield _Span(match.start(), match.end(), Mention("language", code, match[0]))


def _is_language(text: str, match: re.Match[str]) -> bool:
    """Whether the word names a language rather than a polish, a french window or a Swede."""
    before = text[max(0, match.start() - 8) : match.start()]
    begins = not before.strip() or before.rstrip()[-1] in ".!?:;\n"
    if _TOWARDS.search(before):
        return True
    if begins:
        return bool(_NAMES_LANGUAGE.match(text, match.end()))
    return match[0][0].isupper() or not match[0].isascii()
