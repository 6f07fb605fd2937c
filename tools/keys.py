"""Keys, which servers may quote: kept out of answers, checkpoints and traces."""

import os
import re

_KEY = re.compile(r"\b(?:sk-|hf_|gsk_|xai-|key-)[\w-]{8,}")
_NAMES = ("_KEY", "_TOKEN")
_SHORTEST = 8


def without_keys(words: str) -> str:
    """The words without what looks like a key, or is one of the environment."""
    for name, value in os.environ.items():
        if name.endswith(_NAMES) and len(value) >= _SHORTEST:
            words = words.replace(value, "…")
    return _KEY.sub("…", words)
