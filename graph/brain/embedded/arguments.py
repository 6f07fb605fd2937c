"""What a clause says about a task besides its content: questions, prompts, languages, labels …"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hugginggpt.graph.brain.embedded.clauses import Clause, is_question, without_polite
from hugginggpt.graph.brain.embedded.cues import Hit
from hugginggpt.graph.brain.embedded.mentions import Masked, Mention
from hugginggpt.graph.brain.embedded.vocabulary import mention_source, vocabulary

_FILE = mention_source("file")
_DETERMINERS = (
    r"(?:(?:the|this|that|these|those|my|our|an?|some|any|all|every|each|both|of|attached|following|"
    r"given|provided|same)\s+)*"
)
_NOUN = (
    r"(?:(?:images?|photos?|photographs?|pictures?|pics?|files?|texts?|documents?|pages?|recordings?|"
    r"clips?|videos?|tables?|spreadsheets?|audios?|articles?|data|dataset|csv|audio file|review|"
    r"receipt|invoice|form|scan)\s+)?"
)
_PLACED = re.compile(
    rf",?\s*\b(?:(?:shown|mentioned|written|said|seen|spoken|contained|called|named)\s+)?(?:in|on|from|"
    rf"of|at|inside|within|about|to|for|using|with|by|according to|based on|through|per|during|and|or)\s+"
    rf"{_DETERMINERS}{_NOUN}{_FILE}(?:\s*(?:,|and|or|&)+\s*{_FILE})*",
    re.IGNORECASE,
)
_BARE = re.compile(rf"{_DETERMINERS}{_NOUN}{_FILE}(?:\s*(?:,|and|or|&)+\s*{_FILE})*", re.IGNORECASE)
_STAND_IN = re.compile(r"⟨_[a-z]+\d+⟩")
_ASKING = re.compile(
    r"(?:(?:tell|show|give|find|let) (?:me|us|out)?\s*(?:know )?|answer (?:me )?|(?:see|check|say|know|work out|"
    r"figure out|look up|guess)\s+|(?:i )?wonder\s+)(?=(?:who|what|when|where|which|why|how|if|whether)\b)",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    "it this that them these those the a an of to in on for from with and or please me us my our its their i you "
    "result results output same one ones is are be into based using about by as some any new there here now".split()
)
_COUNTED = re.compile(
    r"\b(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a couple of|a few)\s+(?:\w+\s+)?"
    r"(?:sentences?|bullet ?points?|bullets|lines?|points?|sätzen?|phrases?|frases?)\b",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"\b(\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty|a couple of|a few)\s+"
    r"(?:more\s+|further\s+|future\s+)?(?:days?|weeks?|months?|years?|quarters?|hours?|minutes?|values?|points?|"
    r"numbers|steps?|periods?|rows?)\b",
    re.IGNORECASE,
)
_COLUMN = (
    re.compile(r"\b(?:column|field|variable|target)\s+(?:called\s+|named\s+)?(\w+)", re.IGNORECASE),
    re.compile(r"\b(?!the\b)(\w+)\s+(?:column|field)\b", re.IGNORECASE),
    re.compile(
        r"\b(?:predict|forecast|estimate|guess|extrapolate|infer|continue|project|classify)(?:ing)?\s+"
        r"(?:the |our |my |their |each |every |what |how )*(?:next |future |missing |daily |monthly |weekly )*"
        r"(?:\d+ )?(?!whether|which|if|who|what|how|next|future|row|customer)([^\W\d]\w*)",
        re.IGNORECASE,
    ),
)
_NOT_A_COLUMN = frozenset(
    "rows row customers data table values value numbers number days day weeks week months month years year the "
    "class category column columns it them this that these those into from for in each every series time".split()
)
_VOICE = re.compile(
    r"\b(female|male|woman'?s?|man'?s?|girl'?s?|boy'?s?|deep|child'?s?|robot\w*|whisper\w*)\s+voice\b",
    re.I,
)
_WORDS_A_MINUTE = re.compile(r"\b(\d{2,3})\s+(?:words\s+(?:a|per)\s+minute|wpm)\b", re.IGNORECASE)
_SLOWLY = re.compile(r"\b(?:slow(?:ly|er)?|langsam|lentement|despacio)\b", re.IGNORECASE)
_FAST = re.compile(r"\b(?:fast(?:er)?|quick(?:ly|er)|schnell|vite|rápido)\b", re.IGNORECASE)
_OPENS_LABELS = re.compile(
    r"(?:\b(?:as|into|to|under|between|among|either|about|on|related to|is it|whether(?: (?:it|this|that)(?: is|'s)?)?|"
    r"if(?: (?:it|this|that)(?: is|'s)?)?|is (?:this|that|it)|are (?:these|they)|it's|(?:is|does|show|shows)(?: ⟨_\w+⟩)?)|"
    r"\b(?:labels?|categories|classes|topics|buckets|folders|groups|options):?)\s+(?:either |one of |the |these |an? )*",
    re.IGNORECASE,
)
_LABEL_WORDS = re.compile(
    r"^(?:labels?|categories|classes|topics|groups|buckets|folders|options)\b[:,]?\s*", re.I
)
_BETWEEN_LABELS = re.compile(r"\s*(?:,\s*(?:and|or)\s+|,|\bor\b|\band\b|/|;)\s*", re.IGNORECASE)
_COUNTABLE = re.compile(
    r"\b(?:how many|number of|count(?:ing)?(?: up)?|combien de|wie viele|cuánt[oa]s)\s+(?:of\s+)?"
    r"(?:(?:the|all|different|visible|total|distinct|of|those|these)\s+)*([^\W\d]\w*(?:\s+[^\W\d]\w*){0,3})",
    re.IGNORECASE,
)
_FINDABLE = re.compile(
    r"\b(?:find|finding|detect(?:ing)?|locate|locating|spot|look(?:ing)? for|search(?:ing)? for|mark|highlight|box|"
    r"point out|identify(?:ing)?|recogni[sz]e|show me|where(?:'s| is| are)|see|label|draw boxes (?:a?round)|"
    r"boxes (?:a?round)|did i (?:put|leave))\s+(?:(?:the|all|any|every|my|our|his|her|where|different|each|an?|some|"
    r"me|of|main|visible|individual|various|present|bounding|boxes|around|round)\s+)*"
    r"([^\W\d]\w*(?:(?:,\s*|\s+(?:and\s+)?(?:the\s+|my\s+)?)[^\W\d]\w*){0,4})",
    re.IGNORECASE,
)
_ENDS_NAME = re.compile(
    r"\b(?:is|are|was|were|can|could|do|does|did|in|on|at|from|that|which|who|there|you|i|we|visible|shown|present|here|"
    r"appear|with|of|and\s+(?:draw|label|classify|count|tell)|to|for|inside|within|using|have|has)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_NOT_A_TARGET = frozenset(
    "object objects thing things item items everything element elements it them content".split()
)
_IRREGULAR = {"people": "person", "persons": "person", "men": "man", "women": "woman", "children": "child",
              "mice": "mouse", "geese": "goose", "sheep": "sheep", "buses": "bus", "knives": "knife", "glasses": "glasses",
              "leaves": "leaf", "teeth": "tooth", "feet": "foot", "keys": "keys", "scissors": "scissors"}  # fmt: skip
_LETTERED = re.compile(r"(?:^|\s)\(?[A-Ha-h1-8][).]\s+")
_QUERY = re.compile(
    r"\b(?:about|for|mention(?:s|ing|ed)?|on|regarding|concerning|relat(?:ed|ing) to|relevance to|relevant to|deal(?:s|ing)? with|"
    r"say(?:s)? about|discuss(?:es|ed)?|question|query|show(?:s|ing)?|explain(?:s|ing)?|cover(?:s|ing)?|contain(?:s|ing)?|"
    r"answers?|answering|matches|has|lists?|describ(?:es|ing))\s+(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_MEDIUM = {
    "text-to-image": r"images?|pictures?|photos?|photographs?|drawings?|paintings?|illustrations?|sketch(?:es)?|pics?|bild|visual representations?|visuals?",
    "text-to-video": r"videos?|clips?|films?|movies?|animations?|footage|video clips?|short films?",
    "text-to-3d": r"3d (?:models?|objects?|mesh(?:es)?|shapes?)|mesh(?:es)?|three-dimensional (?:models?|objects?)",
    "text-to-audio": r"sounds?|audio|sound effects?",
}
_COMMAND = re.compile(
    r"(?:draw|sketch|paint|illustrate|doodle|make|create|generate|produce|render|design|build|give me|show me|get me|compose|"
    r"write|record|play|film|animate|come up with|i want|i need|want|need|imagine|visuali[sz]e|synthesi[sz]e|craft|zeichne|mal|male|dessine|"
    r"dibuja|develop|convert|turn|transform)\s+(?:me\s+|us\s+|mir\s+|moi\s+|him\s+|her\s+)?",
    re.IGNORECASE,
)


class Words(NamedTuple):
    """A clause as the extractors see it."""

    clause: Clause
    masked: Masked
    hit: Hit | None = None

    @property
    def text(self) -> str:
        """The masked text of the clause."""
        return self.clause.text

    def mentions(self, label: str) -> list[Mention]:
        """Its mentions of that label."""
        return [m for m in self.masked.within(self.text) if m.label == label]


def _clean(text: str, masked: Masked) -> str:
    """The words as the user wrote them, in one line, without stray marks at the ends."""
    return re.sub(r"\s+", " ", masked.restore(text)).strip(" ,;:-–—.!")


def _without_files(text: str) -> str:
    """The masked text without its files and what places things in them."""
    return _BARE.sub(" it ", _PLACED.sub(" ", text))


def has_own_words(text: str) -> bool:
    """Whether the text says something besides pronouns and small words."""
    return any(word.lower() not in _EMPTY for word in re.findall(r"[^\W_]+", text))


# --- words -----------------------------------------------------------------------------------


def question(words: Words) -> str:
    """The clause's question in the user's own words, files left out."""
    quotes = words.mentions("quote")
    start = without_polite(words.text)
    text = words.text[start:]
    if quotes and not is_question(words.clause):
        return str(quotes[-1].value)
    asking = _ASKING.match(text)
    text = text[asking.end() :] if asking else text
    cleaned = _clean(_without_files(text), words.masked)
    if not has_own_words(cleaned):
        return ""
    return cleaned + "?" if words.clause.asks or is_question(words.clause) else cleaned


def instruction(words: Words) -> str:
    """The clause as an instruction, files left out."""
    text = words.text[without_polite(words.text) :]
    cleaned = _clean(_without_files(text), words.masked)
    return cleaned + "?" if words.clause.asks and cleaned else cleaned


def prompt(words: Words) -> str:
    """What is to be made or changed: the clause without its command and the name of the medium."""
    quotes = words.mentions("quote")
    if quotes and words.hit is not None and words.hit.name in _MEDIUM:
        return str(quotes[-1].value)
    text = _without_files(words.text[without_polite(words.text) :])
    medium = _MEDIUM.get(words.hit.name if words.hit else "")
    if medium is not None:
        command = _COMMAND.match(text)
        text = text[command.end() :] if command else text
        made = re.match(
            rf"\s*(?:an?|the|some|another|new|\s)*(?:{medium})\s+(?:of|showing|depicting|about|that shows|where|in which|"
            r"based on|from|for|representing|illustrating|with|using|von|de|d'un)\s+",
            text,
            re.IGNORECASE,
        )
        text = text[made.end() :] if made else text
        text = re.sub(rf"\s*\b(?:in)?to (?:an? |the )?(?:\w+ )?(?:{medium})$", "", text, flags=re.I)
        if re.fullmatch(rf"\s*(?:an?|the|some|new|\s)*(?:{medium})\s*", text, re.IGNORECASE):
            return ""
    return _clean(re.sub(r"\bit\b\s*$", "", text) if medium is None else text, words.masked)


def query(words: Words) -> str:
    """What is looked for among several texts."""
    quotes = words.mentions("quote")
    if len(quotes) == 1:
        return str(quotes[0].value)
    text = words.text[without_polite(words.text) :]
    found = _QUERY.search(_PLACED.sub(" ", text))
    cleaned = _clean(_without_files(found[1]), words.masked) if found else ""
    return cleaned if has_own_words(cleaned) else question(words)


_SPOKEN = {
    "translation": re.compile(
        rf"(?:\bsay|\btranslate|\bput|\bturn|\bconvert|\bis|'s|\bword for|\bphrase for|\bmean|\bübersetze?|\btradui[st])\s+"
        rf"(?P<said>.+?)\s*(?:\b(?:in|into|to|auf|ins|en|nach|mean)\b\s*(?:{mention_source('language')}.*|$)|$)",
        re.IGNORECASE | re.DOTALL,
    ),
    "text-to-speech": re.compile(
        r"\b(?:say|speak|pronounce|recite|sag|dis|di)\s+(?P<said>.+?)\s*(?:\b(?:aloud|out loud|loudly|slowly|to me|with|in a)\b.*|$)",
        re.IGNORECASE | re.DOTALL,
    ),
    "feature-extraction": re.compile(
        r"\b(?:embed|embedding of|vector for|vector of|vectori[sz]e)\s+(?P<said>.+)$",
        re.I | re.DOTALL,
    ),
}


def said(words: Words) -> str:
    """The text that the clause itself holds without quoting it: "how do you say good night"."""
    pattern = _SPOKEN.get(words.hit.name if words.hit else "")
    found = pattern.search(words.text) if pattern else None
    text = found["said"] if found else ""
    noun = any(p.search(text) for p in vocabulary().nouns.values())
    pointing = re.match(
        r"(?:the|this|that|it|these|those|them|my|each|both|all|what)\b", text, re.I
    )
    if not text or noun or pointing or "⟨" in text or not has_own_words(text):
        return ""
    return _clean(text, words.masked)


# --- settings --------------------------------------------------------------------------------


def target_languages(words: Words) -> list[str]:
    """The languages to translate into."""
    languages = words.mentions("language")
    stand_ins = list(re.finditer(mention_source("language"), words.text))
    towards = [
        language
        for language, found in zip(languages, stand_ins, strict=True)
        if not re.search(r"\b(?:from|aus dem|del|du)\s*$", words.text[: found.start()])
    ]
    placed = [
        language
        for language, found in zip(languages, stand_ins, strict=True)
        if re.search(r"\b(?:in|into|to|auf|ins|en|zu|al?)\s*$", words.text[: found.start()])
    ]
    if placed:
        first = languages.index(placed[0])
        return list(dict.fromkeys(str(m.value) for m in languages[first:]))
    if towards:
        return [str(towards[-1].value)]
    return ["en"] if languages else []


def source_language(words: Words) -> str | None:
    """The language to translate from, where the clause names it beside the other."""
    targets = target_languages(words)
    others = [str(m.value) for m in words.mentions("language") if m.value not in targets]
    return others[0] if others else None


def spoken_language(words: Words) -> str | None:
    """The only language that the clause names."""
    languages = words.mentions("language")
    return str(languages[0].value) if len(languages) == 1 else None


def _number(word: str) -> int | None:
    word = re.sub(r"\s+", " ", word.lower())
    if word.isascii() and word.isdigit():
        return int(word)
    return vocabulary().numbers.get(word, 1 if word in ("a", "an") else None)


def sentences(words: Words) -> int | None:
    """How many sentences a summary is to have."""
    found = _COUNTED.search(words.text)
    return _number(found[1]) if found else None


def steps(words: Words) -> int | None:
    """How many values to forecast."""
    found = _STEPS.search(words.text)
    return _number(found[1]) if found else None


def voice(words: Words) -> str | None:
    """The voice to speak with."""
    found = _VOICE.search(words.text)
    if found is None:
        return None
    word = found[1].lower().removesuffix("s").removesuffix("'")
    return {"woman": "female", "girl": "female", "man": "male", "boy": "male"}.get(word, word)


def speed(words: Words) -> int | None:
    """How fast to speak, in words a minute."""
    found = _WORDS_A_MINUTE.search(words.text)
    if found:
        return int(found[1])
    return 120 if _SLOWLY.search(words.text) else 230 if _FAST.search(words.text) else None


def column(words: Words) -> str | None:
    """The column of a table that is to be predicted."""
    text = _PLACED.sub(" ", words.text)
    quotes = words.mentions("quote")
    if quotes:
        return str(quotes[0].value)
    for pattern in _COLUMN:
        for found in pattern.finditer(text):
            if found[1].lower() not in _NOT_A_COLUMN and not found[1].startswith("_"):
                return found[1]
    return None


def labels(words: Words) -> list[str]:
    """The labels that the clause offers: "as sport, politics or science"."""
    quotes = [str(m.value) for m in words.mentions("quote")]
    text = _PLACED.sub(" ", words.text)
    first = re.search(r",|\bor\b|\band\b|/", text)
    opened = [m for m in _OPENS_LABELS.finditer(text) if first and m.end() <= first.start()]
    listed = text[opened[-1].end() :] if opened else text
    listed = _LABEL_WORDS.sub("", listed)
    names = [_label(part, words.masked) for part in _BETWEEN_LABELS.split(listed)]
    names = [name for name in names if name]
    if len(names) >= 2 and opened:
        return list(dict.fromkeys(names))
    return quotes[1:] if len(quotes) > 2 else quotes if len(quotes) == 2 else []


def _label(text: str, masked: Masked) -> str:
    text = re.sub(rf"\s*(?:{_FILE}).*$", "", text, flags=re.DOTALL)
    text = re.sub(r"^(?:an?|the|either|more|of|about)\s+", "", text.strip(), flags=re.IGNORECASE)
    return _clean(text, masked) if len(text) <= 60 else ""


def multiple_choice(masked: Masked) -> dict[str, Any]:
    """The request's question and the answers to choose from."""
    quotes = [str(m.value) for m in masked.mentions if m.label == "quote"]
    text = masked.restore(masked.text)
    question, *lettered = _LETTERED.split(text)
    if len(lettered) > 1:
        return {"text": question.strip(), "choices": [part.strip(" ,;.") for part in lettered]}
    question, _, listed = text.rpartition(":")
    if len(quotes) > 2:  # noqa: PLR2004
        return {"text": quotes[0], "choices": quotes[1:]}
    offered = quotes[-1] if quotes and not question else listed
    return {"text": (question or text).strip(), "choices": listed_items(offered)}


def listed_items(text: str) -> list[str]:
    """The items of a list written as words: lines, else parts between commas and `or`."""
    for pattern in (
        r"\n+",
        r"\s*;\s*",
        r"(?<=[.!?])\s+",
        r"\s*(?:,\s*(?:and|or)\s+|,|\bor\b|\band\b)\s*",
    ):
        items = [item.strip(" ,;.?!-•\t") for item in re.split(pattern, text, flags=re.IGNORECASE)]
        items = [item for item in items if item]
        if len(items) > 1:
            return items
    return [text.strip()] if text.strip() else []


# --- things in pictures ------------------------------------------------------------------------


def targets(words: Words) -> list[str]:
    """What to count or look for in a picture, in the singular; empty for whatever is there."""
    text = _PLACED.sub(" in it ", words.text)
    for pattern in (_COUNTABLE, _FINDABLE):
        for found in pattern.finditer(text):
            names = [
                _target(part)
                for part in re.split(r",\s*|\band\b|\bor\b", _ENDS_NAME.sub("", found[1]))
            ]
            names = [name for name in names if name and name not in _NOT_A_TARGET]
            if names:
                return list(dict.fromkeys(names))
    return []


def counts(words: Words) -> bool:
    """Whether the clause asks for a number of things."""
    return _COUNTABLE.search(words.text) is not None


def _target(name: str) -> str:
    words = re.sub(r"^(?:the|my|all|an?|any|some|different)\s+", "", name.strip().lower()).split()
    if not words or any(word in _EMPTY for word in words):
        return ""
    return " ".join([*words[:-1], singular(words[-1])])


def singular(noun: str) -> str:
    """The noun for one of them."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if re.search(r"(?:ss|us|is)$", noun):
        return noun
    if re.search(r"(?:ches|shes|sses|xes|zes)$", noun):
        return noun[:-2]
    return noun.removesuffix("s")


def are_common(names: list[str]) -> bool:
    """Whether a detector of the common kinds knows all of these."""
    return all(name.rsplit(" ", 1)[-1] in vocabulary().common_things for name in names)


SETTINGS: Mapping[str, Callable[[Words], Any]] = {
    "target_language": lambda words: None,
    "source_language": source_language,
    "language": spoken_language,
    "sentences": sentences,
    "steps": steps,
    "voice": voice,
    "speed": speed,
    "labels": labels,
}
"""Setting -> what reads it from a clause; `target` depends on the kind."""
