"""Which kinds of task a clause asks for, and in what order: its cues weighed against each other."""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from hugginggpt.graph.brain.embedded.clauses import Clause, is_question, is_statement
from hugginggpt.graph.brain.embedded.cues import Cue, Hit, cue_table, find_hits
from hugginggpt.graph.brain.embedded.vocabulary import pattern, vocabulary
from hugginggpt.tools.kinds import KINDS

WEAK = 0.5
"""From this weight down a cue counts only where nothing else does."""

NEAR = 40
"""How far back words are looked at that say what follows, in characters."""

_DONE = frozenset({"read", "put", "cut", "made", "sung"})
"""Participles that don't show it."""
_MAKERS = frozenset(
    {"text-to-image", "text-to-video", "text-to-audio", "text-to-3d", "image-text-to-image"}
)
_PRIORITY = ("doc", "image", "audio", "video", "table", "text", "web")
_COORDINATE = re.compile(r"\band\b|&|,")
_QUOTED, _FIRM = "⟨_quote", 0.9
"""What is done to a quotation is asked for besides what else is, if that is no mere hint."""
_OBJECTS = re.compile(
    r"(?:\band|&|,)(?: also| then)? (?:an?|the|some|another|two|its)\b", re.IGNORECASE
)
"""Two things asked for with one verb."""


class Choice(NamedTuple):
    """A kind of task that a clause asks for."""

    kind: str
    hit: Hit
    certain: bool = False
    """Whether the kind is settled, whatever is at hand."""


def choose(
    clause: Clause,
    cues: Iterable[Cue],
    *,
    narrow: Collection[str],
    wide: Collection[str],
    made: Collection[str],
) -> list[Choice]:
    """The kinds that the clause asks for, in the order in which they are to run.

    `cues` are those that may match, `narrow` is what the clause is about, `wide` what the whole
    request is about, `made` the kinds whose results are there already.
    """
    hits = find_hits(clause.text, cues)
    choices = _weighed(_applicable(hits, narrow, clause), clause, made)
    if not choices and set(wide) - set(narrow):
        # What is done already is not asked for again in other words.
        again = [hit for hit in _applicable(hits, wide, clause) if hit.name not in made]
        choices = _weighed(again, clause, made)
    return _ordered(choices, clause.text)


def question_kind(clause: Clause, labels: Collection[str], *, quoted: bool = False) -> str | None:
    """The kind that answers the clause's question about one of these; None if it asks nothing.

    `quoted`: whether the clause quotes a question.
    """
    if not quoted and not is_question(clause):
        return None
    answers = cue_table().families["question"]
    label = next((label for label in _PRIORITY if label in labels and label in answers), "none")
    # Without anything to go by only a question in words that are known is one to be answered.
    if label == "none" and not vocabulary().questions.search(clause.text):
        return None
    return answers[label]


def _applicable(hits: Iterable[Hit], labels: Collection[str], clause: Clause) -> list[Hit]:
    families = cue_table().families
    told, said = _told(clause), _said(clause)
    asks = is_question(clause)
    found: list[Hit] = []
    for hit in hits:
        hint = (hit.weight < 1 and hit.start < told) or hit.start in said
        if hint or (not asks and _was_done(hit, clause.text)):
            continue
        if hit.about and labels and not hit.about & set(labels):
            continue
        if hit.name in families:
            kinds = families[hit.name]
            label = next((label for label in _PRIORITY if label in labels and label in kinds), None)
            if label is None:
                continue
            hit = hit._replace(name=kinds[label])
        if asks and hit.name in _MAKERS and hit.weight <= 1:
            continue  # "what does the teacher draw?"
        if not (hit.about and not labels and asks):  # "how many people live in Spain?"
            found.append(hit)
    return found if labels else _likeliest(found)


def _told(clause: Clause) -> int:
    """Up to where the clause only says what there is: in "a page that I need to read" to "I"."""
    if not is_statement(clause):
        return 0
    wish = pattern("clauses", "wish").search(clause.text)
    return wish.start() if wish else len(clause.text)


def _was_done(hit: Hit, text: str) -> bool:
    """Whether the words tell what was done already: "which was translated by a friend"."""
    first = text[hit.start : hit.end].split()[0].lower()
    if not first.endswith(("ed", "en")) and first not in _DONE:
        return False
    return pattern("clauses", "done").search(text[max(0, hit.start - NEAR) : hit.start]) is not None


def _said(clause: Clause) -> range:
    """Where the clause tells what somebody says in a file, up to what is wanted."""
    says = pattern("clauses", "says").search(clause.text)
    if says is None:
        return range(0)
    wish = pattern("clauses", "further").search(clause.text, says.end())
    return range(says.start(), wish.start() if wish else len(clause.text))


def _likeliest(hits: list[Hit]) -> list[Hit]:
    """The hits to go by where nothing tells a modality: those that need none come first."""
    free = [hit for hit in hits if not hit.about]
    groups = ([hit for hit in hits if label in hit.about] for label in _PRIORITY)
    return free or next((group for group in groups if group), [])


def _weighed(hits: list[Hit], clause: Clause, made: Collection[str]) -> list[Choice]:
    """The hits that stand once overlaps, rivals and mentions of earlier results are settled."""
    standing: list[Hit] = []
    asking = (hit for hit in hits if not _refers_back(hit, clause.text, made))
    for hit in sorted(asking, key=lambda h: (-h.weight, -h.length, h.start)):
        if not any(_excludes(other, hit, clause.text) for other in standing):
            standing.append(hit)
    if any(hit.weight > WEAK for hit in standing):
        standing = [hit for hit in standing if hit.weight > WEAK]
    beats = cue_table().beats
    standing = [
        hit
        for hit in standing
        if _QUOTED in clause.text[hit.start : hit.end]
        or not any(
            hit.name in beats.get(other.name, ()) and other.weight >= hit.weight
            for other in standing
            if hit.weight < _FIRM or _QUOTED not in clause.text[other.start : other.end]
        )
    ]
    return [Choice(h.name, h) for h in standing]


def _excludes(standing: Hit, hit: Hit, text: str) -> bool:
    if standing.name == hit.name:
        return True
    first, last = sorted((standing, hit), key=lambda h: h.end)
    if first.start == last.start and _OBJECTS.search(text[first.end : last.end]):
        return False  # "create a picture and a video"
    overlap = standing.start < hit.end and hit.start < standing.end
    inside = standing.start < hit.start and hit.end < standing.end
    if inside and hit.weight >= 1 and _feeds(hit.name, standing.name):
        return False  # "turn the text in this picture into speech"
    return overlap and not hit.thing and not standing.thing


def _feeds(giver: str, taker: str) -> bool:
    """Whether what one kind makes is what the other works on, of another modality at first."""
    wanted = KINDS[taker].arguments[:1]
    given = KINDS[giver].arguments[:1]
    return bool(
        wanted
        and given
        and KINDS[giver].gives(wanted[0].modality)
        and given[0].modality != wanted[0].modality
    )


def _refers_back(hit: Hit, text: str, made: Collection[str]) -> bool:
    """Whether the words mean what an earlier task made: "the summary", "the detected faces"."""
    if hit.name not in made:
        return False
    nouns = vocabulary().products.get(hit.name)
    said = text[hit.start : hit.end]
    gone_by = pattern("links", "gone_by").finditer(text)
    if (hit.thing or (nouns and nouns.fullmatch(said))) and any(
        phrase.start() < hit.start < phrase.end() for phrase in gone_by
    ):
        return True  # "edit a.png based on the summary"
    if "⟨_" in text.replace("⟨_language", "").replace("⟨_quote", ""):
        return False
    if pattern("links", "out_of").search(said):
        return True  # "create an image from the caption"
    first = said.split()[0].lower()
    before = text[max(0, hit.start - NEAR) : hit.start]
    return first.endswith("ed") or pattern("links", "definite").search(before) is not None


def _ordered(choices: list[Choice], text: str) -> list[Choice]:
    """What must run first first: things made before what is done to them, speech at the end."""
    things = sorted((c for c in choices if c.hit.thing), key=lambda c: c.hit.start)
    rest = [c for c in choices if not c.hit.thing]
    rest.sort(key=lambda c: (_stage(c, choices), c.hit.end))
    if len(things) > 1 and not _COORDINATE.search(text[things[0].hit.end : things[-1].hit.start]):
        things.reverse()  # "a summary of the transcript of call.wav"
    return [*things, *rest]


def _stage(choice: Choice, choices: Iterable[Choice]) -> int:
    """Speech comes last, and "in French" after what is to be in French.

    Unless what is spoken is worked on: "read it aloud, then clean the audio up".
    """
    if choice.kind == "text-to-speech":
        later = (KINDS[c.kind] for c in choices if c.hit.start > choice.hit.end)
        heard = any(a.modality == "audio" for kind in later for a in kind.required)
        return 0 if heard else 2
    return 1 if choice.kind == "translation" and choice.hit.weight < 1 else 0
