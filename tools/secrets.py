"""Keeping secrets out of words: keys and passwords that servers and libraries quote in errors.

Errors go into results, answers, checkpoints and traces. A secret is the value of an environment
variable whose name says so, the password of an address, and whatever looks like the key of a known
provider (so does the token that `hf auth login` saves).
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

_GAP = "…"
_NAMES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
_SHORTEST = 8
"""Characters of a secret; of one that is letters only, twice as many."""
_KEY = re.compile(
    r"\b(?:hf_|gsk_|ghp_|AKIA)[A-Za-z0-9]{12,}"
    r"|\b(?:sk-|xai-|github_pat_|lsv2_|AIza)(?=[\w-]*\d)[\w-]{12,}"
    r"|(?<=[Bb]earer )(?=\S*\d)[\w.~+/=-]{12,}"
)
"""What may be a word is no key without a digit."""
_PASSWORD = re.compile(r"(?<=://)[^\s/?#@\"'<>]+(?=@)")


def redacted(words: str) -> str:
    """The words with a gap in place of every secret."""
    for secret in known_secrets():
        words = words.replace(secret, _GAP)
    return _KEY.sub(_GAP, _PASSWORD.sub(_GAP, words))


def redacted_within(value: Any) -> Any:
    """The value with every text in it redacted, however deep in dicts and lists; names stay."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {name: redacted_within(inner) for name, inner in value.items()}
    return [redacted_within(item) for item in value] if isinstance(value, list) else value


def redacted_bytes(content: bytes, sent: str = "") -> bytes:
    """The content with a gap in place of every known secret, and of the token that was `sent`."""
    for secret in known_secrets(sent):
        content = content.replace(secret.encode(), _GAP.encode())
    return content


def known_secrets(*sent: str) -> list[str]:
    """Secrets of the environment and the keys that were `sent`, the longest first."""
    return sorted(filter(_is_telling, {*_of_environment(), *sent}), key=len, reverse=True)


def _is_telling(value: str) -> bool:
    """Whether the value is more than a word, such as `password`, that texts hold anyway."""
    return len(value) >= _SHORTEST and not (value.isalpha() and len(value) < 2 * _SHORTEST)


def _of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if name.upper().endswith(_NAMES):
            yield value.strip()
        elif "://" in value and (found := _PASSWORD.search(value)):
            yield found[0].rpartition(":")[2]


def redact_error(error: BaseException) -> None:
    """Redact, in place, the words of the error and of those that led to it.

    Tracebacks show all of them, and tracers keep tracebacks. An error that words itself from
    something else than its arguments can't be changed.
    """
    for each in causes(error):
        each.args = tuple(redacted(a) if isinstance(a, str) else a for a in each.args)
        for name in ("message", "server_message"):  # of openai, of huggingface_hub
            if isinstance(told := getattr(each, name, None), str):
                with suppress(AttributeError):
                    setattr(each, name, redacted(told))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that led to it, the nearest first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


class Held:
    """Redacts a text that comes in pieces: what may be the beginning of a secret is held back."""

    def __init__(self, *sent: str) -> None:
        """Hold nothing; `sent` are keys that need not stand in the environment."""
        self._secrets = known_secrets(*sent)
        self._held = ""

    def take(self, piece: str) -> str:
        """What can be told now of all that has come."""
        text = self._held + piece
        for secret in self._secrets:
            text = text.replace(secret, _GAP)
        told = len(text) - max((_overlap(text, each) for each in self._secrets), default=0)
        self._held = text[told:]
        return text[:told]

    def rest(self) -> str:
        """What is still held when no more comes."""
        rest, self._held = self._held, ""
        return rest


def _overlap(text: str, secret: str) -> int:
    """Characters at the end of the text that are the beginning of the secret."""
    longest = min(len(text), len(secret) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(secret[:n])), 0)
