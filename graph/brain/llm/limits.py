"""How much a chat model is given to read, and how long its answer is waited for."""

from collections.abc import Mapping
from typing import Any

from hugginggpt.graph.brain.llm.chat import Patience
from hugginggpt.graph.context import Context

_TOKENS = 16_000
"""What a chat model is thought to take in where neither its profile nor a setting says more."""
_MOST_TOKENS = 100_000
"""More is only sent where the settings say so: nobody waits for it, and somebody pays."""
_ANSWER_SHARE = 4
"""One part in so many of a model's tokens is left for its answer."""


def room_of(context: Context, profile: Mapping[str, Any] | None = None) -> int:
    """Tokens that a prompt may have; `profile` is what LangChain knows of the model."""
    known = min((profile or {}).get("max_input_tokens") or _TOKENS, _MOST_TOKENS)
    return (context.brain_tokens or int(known)) * (_ANSWER_SHARE - 1) // _ANSWER_SHARE


def patience_of(context: Context) -> Patience:
    """How long an answer is waited for."""
    return Patience(context.brain_timeout, context.brain_total_timeout)
