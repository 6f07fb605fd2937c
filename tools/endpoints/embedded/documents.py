"""Questions about a pictured document: its printed lines, and the one that answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.answers import THRESHOLD, score_sentences
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.embedded.ocr import read_lines
from hugginggpt.tools.endpoints.embedded.patterns import find_entities
from hugginggpt.tools.endpoints.embedded.sentences import key_words, split_sentences
from hugginggpt.tools.errors import TaskError


class Answer(NamedTuple):
    """What answers a question, the printed line it stands in, and how sure that is (0 to 1)."""

    answer: str
    line: str
    score: float


def answer_document(arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The answer as it is printed, and the line it stands in.

    Raises:
        FileInputError: the picture can't be opened.
        TaskError: there is no printed text, or no line answers the question.

    """
    question = given_text(arguments, "question")
    lines = [line.text for line in read_lines(arguments["image"], call)]
    found = find_answer(question, lines)
    if found is None:
        raise TaskError(
            f"no line of {arguments['image'].name!r} answers {question!r}; "
            f"{len(lines)} printed lines were read"
        )
    data = {"answer": found.answer, "line": found.line, "score": round(min(found.score, 1.0), 4)}
    return [Artifact.of_text(found.answer), Artifact.of_data([data])]


class _Amount(NamedTuple):
    """A kind of amount that documents print, and the words for it."""

    asked: str
    """In a question."""
    printed: tuple[str, ...]
    """On the line, the surest first."""
    never: str = r"(?!)"
    """On a line that looks like it and is something else."""


_TAX = r"\b(?:tax|vat|gst|hst|mwst|ust|tva|iva)\b"
_SUBTOTAL = (
    r"sub ?-? ?t[o0]tal|\bnet\b|zwischensumme|sous-total|(?:before|excl\w*|without|ex) (?:tax|vat)"
)
_NOT_DUE = r"saved|savings|discount|items|points|change|weight|qty|quantity"
_AMOUNTS = (
    _Amount(r"sub ?-? ?total|\bnet\b|before (?:tax|vat)", (_SUBTOTAL,)),
    _Amount(_TAX, (_TAX,), rf"{_SUBTOTAL}|incl|\b(?:id|no|number|reg)\b|t[o0]tal due"),
    _Amount(r"\b(?:tip|gratuity|service)\b", (r"\b(?:tip|gratuity|service)\b",)),
    _Amount(r"\bchange\b", (r"\bchange\b",)),
    _Amount(r"discount|\bsaved?\b|savings", (r"discount|saved|savings|coupon|rebate",)),
    _Amount(r"shipping|delivery|postage", (r"shipping|delivery|postage|freight",)),
    _Amount(
        r"\bcash\b|\bcard\b|tendered", (r"\b(?:cash|card|visa|mastercard|amex|debit|credit)\b",)
    ),
    _Amount(
        r"\b(?:due|owed?|owing|outstanding|balance)\b",
        (
            r"(?:amount|balance|total) (?:due|owed|owing|payable|outstanding)|to pay|zu zahlen",
            r"\b(?:due|balance|payable)\b",
            r"t[o0]tal|summe|gesamt|betrag",
        ),
        rf"{_SUBTOTAL}|{_TAX}|{_NOT_DUE}",
    ),
    _Amount(
        r"total|\bsum\b|spen[dt]|in all|altogether|"
        r"(?:how much|what) (?:is|was|were|did|do|does|must|should)\b.*"
        r"\b(?:it|this|i|we|they|you|all|everything|bill|receipt|invoice|pay|paid|cost|come)\b"
        r"|\b(?:amount|bill|price)\b",
        (
            r"grand t[o0]tal|invoice t[o0]tal|t[o0]tal (?:due|amount|to pay)|order t[o0]tal",
            r"t[o0]tal|gesamt",
            r"amount (?:due|payable|paid)|to pay|zu zahlen|balance due|\bsumm?e?\b|betrag|montant",
            r"\bbalance\b|\bamount\b",
        ),
        rf"{_SUBTOTAL}|{_TAX}|{_NOT_DUE}",
    ),
)
"""What a question about money may mean, the special before the general."""

_MONEY_ASKED = re.compile(
    r"how much|spen[dt]|charge|total|amount|price|tax|change|discount|saved|shipping|expensive|"
    r"delivery fee|\b(?:costs?|pay|paid|owe|owed|due|sum|balance|vat|tip)\b",
    re.IGNORECASE,
)
_CODES = "EUR|USD|GBP|CHF|CAD|AUD"
_PLAIN_AMOUNT = re.compile(
    rf"(?:(?:[$€£¥]|{_CODES}) ?)?-?"
    r"(?<![\d.,])\d{1,3}(?:(?:[.,' ]\d{3})+|\d*)[.,] ?\d{2}(?![\d%]|[.,]\d| ?%)"
    rf"(?: ?(?:[$€£¥]|(?:{_CODES})\b))?"
    r"|[$€£¥] ?\d[\d,.]*",
)
_LABELLED = re.compile(r"^(?P<label>[^:]{2,40}?) ?[:\uff1a] ?(?P<value>\S.*)$")
_CLOSING = re.compile(r"\b(?:regards|sincerely|faithfully|truly|wishes|yours)\b", re.IGNORECASE)


def find_answer(question: str, lines: Sequence[str]) -> Answer | None:
    """The best answer that the printed lines hold; None where none comes near one."""
    for asked, look in _LOOKS:
        if re.search(asked, question, re.IGNORECASE):
            found = look(question, lines)
            if found is not None:
                return found
    if _MONEY_ASKED.search(question):
        return _find_amount(question, lines)
    return _find_labelled(question, lines) or _find_sentence(question, lines)


def _find_amount(question: str, lines: Sequence[str]) -> Answer | None:
    item = _find_item(question, lines)
    if item is not None:
        return item
    for amount in _AMOUNTS:
        if re.search(amount.asked, question, re.IGNORECASE):
            return _find_printed(amount, lines)
    told = _find_sentence(question, lines)
    return told if told and _PLAIN_AMOUNT.search(told.answer) and _is_prose(told.line) else None


def _is_prose(line: str) -> bool:
    return len(line.split()) >= 6


def _find_printed(amount: _Amount, lines: Sequence[str]) -> Answer | None:
    """The amount beside the surest words for it; of equally sure ones the last, as sums go."""
    for doubt, words in enumerate(amount.printed):
        for place in reversed(range(len(lines))):
            line = lines[place]
            if re.search(words, line, re.IGNORECASE) and not re.search(
                amount.never, line, re.IGNORECASE
            ):
                value = _amount_at(lines, place)
                if value is not None:
                    return Answer(value, line, 0.95 - 0.1 * doubt)
    return None


def _amount_at(lines: Sequence[str], place: int) -> str | None:
    """The last amount of the line, or the one that stands alone below it."""
    found = _PLAIN_AMOUNT.findall(lines[place])
    if found:
        return str(found[-1]).strip()
    below = lines[place + 1].strip() if place + 1 < len(lines) else ""
    alone = _PLAIN_AMOUNT.fullmatch(below)
    return alone[0].strip() if alone else None


_MONEY_WORDS = frozenset(
    key_words(
        "how much total amount price cost pay paid owe due sum balance tax vat tip change discount "
        "saved shipping delivery receipt invoice bill grand subtotal net money euro dollar pound "
        "card cash order charge fee all expensive spend spent say says print printed document"
    )
)


def _find_item(question: str, lines: Sequence[str]) -> Answer | None:
    """The amount on the line that names what the question is about, such as the milk."""
    wanted = set(key_words(question)) - _MONEY_WORDS
    best: Answer | None = None
    for line in lines:
        shared = len(wanted & set(key_words(line))) / (len(wanted) or 1)
        amounts = _PLAIN_AMOUNT.findall(line)
        if amounts and shared >= 0.5 and (best is None or shared > best.score):
            best = Answer(str(amounts[-1]).strip(), line, shared)
    return best


_PRINTED_AS = {
    "paid": "due",
    "pay": "due",
    "deadlin": "due",
    "arriv": "arrival",
    "leav": "departur",
}
"""Stems of questions about dates -> stems of the labels that answer them."""


def _entity_finder(*groups: str) -> Callable[[str, Sequence[str]], Answer | None]:
    """A function that finds the entity on the line that shares most words, else the first."""

    def find(question: str, lines: Sequence[str]) -> Answer | None:
        held = [(line, e.word) for line in lines for e in find_entities(line) if e.group in groups]
        if not held:
            return None
        wanted = {_PRINTED_AS.get(word, word) for word in key_words(question)}
        line, word = max(held, key=lambda pair: len(wanted & set(key_words(pair[0]))))
        return Answer(word, line, 0.8)

    return find


def _find_head(_question: str, lines: Sequence[str]) -> Answer | None:
    """The first line that is a name: letters, no entity, no number."""
    for line in lines[:5]:
        letters = sum(letter.isalpha() for letter in line)
        if letters >= 3 and not find_entities(line) and not re.search(r"\d", line):
            return Answer(line, line, 0.7)
    return None


def _find_sender(question: str, lines: Sequence[str]) -> Answer | None:
    for place, line in enumerate(lines[:-1]):
        if _CLOSING.search(line) and len(line.split()) <= 4:
            return Answer(lines[place + 1], lines[place + 1], 0.8)
    return _find_head(question, lines)


def _find_addressee(_question: str, lines: Sequence[str]) -> Answer | None:
    for line in lines:
        dear = re.match(r"(?:dear|hello|hi|to:?)\s+([^,]+)", line, re.IGNORECASE)
        if dear:
            return Answer(dear[1].strip(), line, 0.8)
    return None


def _find_address(_question: str, lines: Sequence[str]) -> Answer | None:
    street = re.compile(
        r"\b\d+[a-z]?,? [A-Z][\w.]+.*"
        r"\b(?:street|st|road|rd|avenue|ave|lane|ln|square|drive|dr|way)\b"
        r"|\b\w+(?:stra(?:ss|ß)e|str\.|weg|platz|gasse) \d+|\brue \w+",
        re.IGNORECASE,
    )
    found = next((line for line in lines if street.search(line)), None)
    if found is not None:
        return Answer(found, found, 0.8)
    return _find_labelled("place location venue address", lines)


def _find_labelled(question: str, lines: Sequence[str]) -> Answer | None:
    """The value beside or below the label that the question names."""
    wanted = set(key_words(question))
    best: Answer | None = None
    for place, line in enumerate(lines):
        pair = _LABELLED.match(line)
        label, value = (pair["label"], pair["value"]) if pair else (line.rstrip(" :."), "")
        named = set(key_words(label))
        shared = len(wanted & named) / (len(named) or 1) if len(named) <= 4 else 0.0
        if not value and line.rstrip().endswith(":") and place + 1 < len(lines):
            value = lines[place + 1]
        if value and shared >= 0.5 and (best is None or shared > best.score):
            best = Answer(value.strip(), line, shared)
    return best


def _find_sentence(question: str, lines: Sequence[str]) -> Answer | None:
    sentences = split_sentences("\n".join(lines))
    scores = score_sentences(question, sentences)
    best = max(range(len(sentences)), key=scores.__getitem__)
    if scores[best] < THRESHOLD:
        return None
    return Answer(sentences[best].text, sentences[best].text, scores[best])


def _find_number(question: str, lines: Sequence[str]) -> Answer | None:
    """The identifier after a label such as `Invoice No.`, on the same line or alone below."""
    subject = set(key_words(question)) - set(key_words("number no id code reference what"))
    marks = re.compile(r"\b(?:no|nr|number|num|id|code|ref|reference)\b\.?|#", re.IGNORECASE)
    for line in lines:
        named = subject & set(key_words(line))
        mark = marks.search(line)
        if mark and (named or not subject):
            value = re.search(r"[:#]?\s*([A-Z0-9][\w/.-]*\d[\w/.-]*(?: \d+)*)", line[mark.end() :])
            if value:
                return Answer(value[1], line, 0.85)
    return None


_LOOKS: tuple[tuple[str, Callable[[str, Sequence[str]], Answer | None]], ...] = (
    (r"\b(?:phone|telephone|tel|fax|call)\b", _entity_finder("PHONE")),
    (r"\be-?mail\b", _entity_finder("EMAIL")),
    (r"\b(?:web ?site|url|web address|homepage)\b", _entity_finder("URL")),
    (r"\b(?:number|no\.|reference|code|id)\b", _find_number),
    (r"\bwhat time\b|\bat what hour\b", _entity_finder("TIME")),
    (r"\bwhen\b|\bdate\b|\bwhat day\b|\bwhich day\b", _entity_finder("DATE")),
    (
        r"\b(?:written to|addressed to|to whom)\b|\bwho is (?:it|this|the letter) (?:for|to)\b",
        _find_addressee,
    ),
    (r"\bwho\b.*\b(?:wrote|sent|signed|from)\b|\b(?:sender|signed by|from whom)\b", _find_sender),
    (
        r"\b(?:which|what|name of the) (?:\w+ )?(?:shop|store|company|restaurant|market|merchant|"
        r"vendor|business|supplier|seller)\b|"
        r"\bwho (?:issued|sold|is the (?:merchant|vendor|seller|supplier))\b"
        r"|\bwhere (?:was|were|did)\b.*\b(?:bought|buy|shop|purchase|receipt)",
        _find_head,
    ),
    (r"\baddress\b|\bwhere\b", _find_address),
)
"""What a question asks with -> where to look first; the general search comes after."""
