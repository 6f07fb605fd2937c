"""What a clause says in words besides its content: questions, instructions, prompts, lists."""

import re
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded.clauses import Clause, is_question, without_polite
from hugginggpt.graph.brain.embedded.cues import Hit
from hugginggpt.graph.brain.embedded.mentions import STAND_IN, Masked, Mention
from hugginggpt.graph.brain.embedded.vocabulary import pattern, patterns, vocabulary

_WORD = re.compile(r"[^\W_]+")
_A = r"(?:(?:an?|the|some|another|new)\s+)*"
_ITEM_BREAKS = (
    r"\n+",
    r"\s*;\s*",
    r"(?<=[.!?])\s+",
    r"\s*(?:,\s*(?:and|or)\s+|,|\bor\b|\band\b)\s*",
)


class Words(NamedTuple):
    """A clause as its readers see it."""

    clause: Clause
    masked: Masked
    hit: Hit

    @property
    def text(self) -> str:
        """The masked text of the clause."""
        return self.clause.text

    @property
    def told(self) -> str:
        """The same without the polite words at its beginning."""
        return self.text[without_polite(self.text) :]

    def mentions(self, label: str) -> list[Mention]:
        """The mentions of that label."""
        return [m for m in self.masked.within(self.text) if m.label == label]

    def quotes(self) -> list[str]:
        """What the clause quotes."""
        return [str(mention.value) for mention in self.mentions("quote")]


def clean(text: str, masked: Masked) -> str:
    """The words as the user wrote them, in one line, without stray marks at the ends."""
    return re.sub(r"\s+", " ", masked.restore(text)).strip(" ,;:-–—.!")  # noqa: RUF001


def without_files(text: str) -> str:
    """The masked text without its files and what places things in them."""
    text = pattern("files", "placed").sub(" ", text)
    return re.sub(r"\s+", " ", pattern("files", "bare").sub(" it ", text)).strip()


def own_words(text: str) -> int:
    """How many words the text has besides pronouns, small words and mentions."""
    small = vocabulary().small_words
    return sum(word.lower() not in small for word in _WORD.findall(STAND_IN.sub(" ", text)))


def is_asked(text: str) -> bool:
    """Whether the quoted text is a question."""
    return text.rstrip().endswith("?")


def questions(words: Words) -> list[str]:
    """The questions that the clause quotes."""
    return list(dict.fromkeys(filter(is_asked, words.quotes())))


def asks(words: Words) -> bool:
    """Whether the clause holds a question, asked, quoted or told."""
    told = pattern("question", "told").search(words.text)
    return bool(told or words.quotes()) or is_question(words.clause)


def question(words: Words) -> str:
    """The clause's question in the user's own words, files left out; empty if it has none."""
    quotes = questions(words) or words.quotes()
    if quotes and not is_question(words.clause):
        return quotes[-1]
    asked = _asked(without_files(words.told), words.masked)
    if pattern("question", "stub").fullmatch(asked):  # "who is in a.png"
        asked = _asked(pattern("files", "bare").sub("it", words.told), words.masked)
    if not own_words(asked):
        return ""
    return asked + "?" if is_question(words.clause) else asked


def _asked(text: str, masked: Masked) -> str:
    """The text from its question word on."""
    before = pattern("question", "before").match(text)
    return clean(text[before.end() :] if before else text, masked)


def instruction(words: Words) -> str:
    """The clause as an instruction, files left out."""
    told = clean(without_files(words.told), words.masked)
    return told + "?" if words.clause.asks and told else told


def query(words: Words) -> str:
    """What is looked for among several texts."""
    quotes = words.quotes()
    if quotes:
        return quotes[0]
    found = pattern("question", "query").search(pattern("files", "placed").sub(" ", words.told))
    looked_for = clean(without_files(found[1]), words.masked) if found else ""
    return looked_for if own_words(looked_for) else question(words)


def prompt(words: Words) -> str:
    """What is to be made or changed: the clause without its command and the name of the medium."""
    name = words.hit.name
    is_guided = name.endswith("text-to-image") and name != "image-text-to-image"
    medium = patterns("medium", "text-to-image" if is_guided else name)
    quotes = words.quotes()
    if not medium:
        return clean(without_files(words.told), words.masked)
    if quotes:
        return quotes[-1]
    text = pattern("prompt", "by_name").sub("", without_files(words.told))
    if is_guided:
        text = pattern("prompt", "under").sub("", text)
    return clean(_without_medium(text, medium[0].pattern), words.masked)


def _without_medium(text: str, medium: str) -> str:
    """The text without "draw me a picture of" and "into a picture"; empty if that is all."""
    command = pattern("prompt", "command").match(text)
    text = text[command.end() :] if command else text
    of = pattern("prompt", "of").pattern
    text = re.sub(rf"^{_A}{medium}\s+{of}\s+", "", text, flags=re.IGNORECASE)
    text = re.sub(rf"\s*\b(?:in)?to\s+{_A}(?:\w+\s+)?{medium}$", "", text, flags=re.IGNORECASE)
    return "" if re.fullmatch(rf"{_A}{medium}\s*", text, re.IGNORECASE) else text


def said(words: Words) -> str:
    """The text that the clause itself holds without quoting it: "how do you say good night"."""
    found = (p.search(words.told) for p in patterns("said", words.hit.name))
    text = next((match["said"] for match in found if match), "")
    is_noun = any(noun.search(text) for noun in vocabulary().nouns.values())
    if "⟨" in text or is_noun or not own_words(text) or vocabulary().pointing.match(text):
        return ""
    return clean(text, words.masked)


def multiple_choice(masked: Masked) -> dict[str, Any]:
    """The request's question and the answers to choose from, as the arguments of that kind."""
    text = masked.restore(masked.text)
    asked, *lettered = pattern("labels", "lettered").split(text)
    if len(lettered) > 1:
        return {"text": asked.strip(), "choices": [part.strip(" ,;.") for part in lettered]}
    quotes = [str(m.value) for m in masked.mentions if m.label == "quote"]
    if len(quotes) > 2:
        return {"text": quotes[0], "choices": quotes[1:]}
    asked, _, listed = text.rpartition(":")
    return {"text": (asked or text).strip(), "choices": listed_items(listed)}


def listed_items(text: str) -> list[str]:
    """The items of a list written as words: lines, else sentences, else parts between commas."""
    for item_break in _ITEM_BREAKS:
        parts = re.split(item_break, text, flags=re.IGNORECASE)
        items = [item for part in parts if (item := part.strip(" ,;.?!-•\t"))]
        if len(items) > 1:
            return items
    return [text.strip()] if text.strip() else []
