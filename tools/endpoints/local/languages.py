"""Telling a translation model its languages, in the way of its own tokenizer."""

import re
from collections.abc import Mapping
from typing import Any

from hugginggpt.tools.endpoints.local.families import Loaded
from hugginggpt.tools.errors import TaskError

_THREE = {
    "af": "afr", "am": "amh", "ar": "arb", "as": "asm", "az": "azj", "ba": "bak", "be": "bel",
    "bg": "bul", "bn": "ben", "bo": "bod", "bs": "bos", "ca": "cat", "cs": "ces", "cy": "cym",
    "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "et": "est", "eu": "eus",
    "fa": "pes", "fi": "fin", "fo": "fao", "fr": "fra", "ga": "gle", "gl": "glg", "gu": "guj",
    "ha": "hau", "he": "heb", "hi": "hin", "hr": "hrv", "ht": "hat", "hu": "hun", "hy": "hye",
    "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "jw": "jav", "ka": "kat", "kk": "kaz",
    "km": "khm", "kn": "kan", "ko": "kor", "lb": "ltz", "ln": "lin", "lo": "lao", "lt": "lit",
    "lv": "lvs", "mg": "plt", "mi": "mri", "mk": "mkd", "ml": "mal", "mn": "khk", "mr": "mar",
    "ms": "zsm", "mt": "mlt", "my": "mya", "ne": "npi", "nl": "nld", "nn": "nno", "no": "nob",
    "oc": "oci", "pa": "pan", "pl": "pol", "ps": "pbt", "pt": "por", "ro": "ron", "ru": "rus",
    "sa": "san", "sd": "snd", "si": "sin", "sk": "slk", "sl": "slv", "sn": "sna", "so": "som",
    "sq": "als", "sr": "srp", "su": "sun", "sv": "swe", "sw": "swh", "ta": "tam", "te": "tel",
    "tg": "tgk", "th": "tha", "tk": "tuk", "tl": "tgl", "tr": "tur", "tt": "tat", "uk": "ukr",
    "ur": "urd", "uz": "uzn", "vi": "vie", "yi": "ydd", "yo": "yor", "zh": "zho",
}  # fmt: skip
"""ISO 639-1 -> 639-3, which NLLB's codes begin with."""

_CODE = re.compile(r"[a-z]{2,3}_[A-Za-z]{2,4}")
"""Such as `fra_Latn` and `fr_XX`."""
_MARK = re.compile(r"<2[a-z]{2,3}(?:_[A-Za-z]{2,4})?>")


def iso_code(language: str) -> str:
    """The two letters of the language, which may be given by its English name or by a code."""
    from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

    word = language.strip().replace("_", "-").lower()
    by_three = {three: code for code, three in _THREE.items()}
    short = word.split("-")[0]
    return TO_LANGUAGE_CODE.get(word) or by_three.get(short) or short


def _name(language: str) -> str:
    """The English name of the language."""
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    return LANGUAGES.get(iso_code(language), language).title()


def target_settings(
    loaded: Loaded, source: str | None, target: str | None
) -> tuple[str, dict[str, Any]]:
    """What stands before the text, and what `generate` is told, for these languages.

    Raises:
        TaskError: the model does not know one of them, or must be told one.

    """
    tokenizer = loaded.processor
    if codes := _codes(tokenizer):
        # Always told: the tokenizer is shared, and keeps what the last call told it.
        tokenizer.src_lang = _match(source or "en", codes, loaded)
        return "", {"forced_bos_token_id": codes[_match(target, codes, loaded)]}
    is_pair = iso_code(getattr(tokenizer, "target_lang", None) or "") in _THREE
    if not is_pair and (marks := _marks(tokenizer)):
        return f"{marks[_match(target, marks, loaded)]} ", {}
    _check_pair(loaded, source, target)
    return _prefix(loaded, source, target), {}


def _codes(tokenizer: Any) -> dict[str, int]:
    """Codes of languages with their tokens, of models like M2M100, NLLB and mBART."""
    tokens = getattr(tokenizer, "lang_code_to_token", None)
    if not tokens and hasattr(tokenizer, "src_lang"):
        tokens = {t: t for t in tokenizer.all_special_tokens if _CODE.fullmatch(t)}
    return {code: int(tokenizer.convert_tokens_to_ids(t)) for code, t in (tokens or {}).items()}


def _marks(tokenizer: Any) -> dict[str, str]:
    """Marks before the text: `>>fra<<` for some Marian models, `<2fr>` for MADLAD."""
    marks = list(getattr(tokenizer, "supported_language_codes", None) or [])
    if not marks and tokenizer.convert_tokens_to_ids("<2en>") != tokenizer.unk_token_id:
        marks = sorted(token for token in tokenizer.get_vocab() if _MARK.fullmatch(token))
    return {mark.strip("<>").removeprefix("2"): mark for mark in marks}


def _match(language: str | None, known: Mapping[str, Any], loaded: Loaded) -> str:
    """The model's own code of the language."""
    if language is None:
        raise TaskError(
            f"{loaded.weights.model} knows {len(known)} languages: say which one to translate into"
        )
    if language in known:
        return language
    code = iso_code(language)
    wanted = (code, _THREE.get(code, code))
    for name in known:
        if name.strip("_").replace("-", "_").split("_")[0].lower() in wanted:
            return name
    shown = ", ".join(list(known)[:12])
    raise TaskError(
        f"{loaded.weights.model} does not know the language {language!r}; it knows {shown} …"
    )


def _check_pair(loaded: Loaded, source: str | None, target: str | None) -> None:
    """Check the languages against those of a model of one pair, such as a Marian one."""
    for asked, name in ((source, "source_lang"), (target, "target_lang")):
        own = getattr(loaded.processor, name, None)
        if asked and own and iso_code(own) in _THREE and iso_code(own) != iso_code(asked):
            raise TaskError(
                f"{loaded.weights.model} does not know the language {asked!r}: it translates "
                f"{loaded.processor.source_lang} to {loaded.processor.target_lang}"
            )


def _prefix(loaded: Loaded, source: str | None, target: str | None) -> str:
    """What T5 wants before the text; nothing for models of one pair of languages."""
    settings = getattr(loaded.model.config, "task_specific_params", None) or {}
    prefixes = [
        str(value["prefix"])
        for name, value in settings.items()
        if name.startswith("translation") and isinstance(value, dict) and value.get("prefix")
    ]
    if not prefixes and loaded.model.config.model_type != "t5":
        return ""
    if target is None:
        return prefixes[0] if prefixes else ""
    return f"translate {_name(source or 'en')} to {_name(target)}: "
