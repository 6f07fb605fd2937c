"""Asking the user what the graph wants to know before it goes on."""

from collections.abc import Mapping
from typing import Any

from hugginggpt.app.approval import ask_approval
from hugginggpt.app.clarification import ask_meaning


def ask_user(question: Mapping[str, Any]) -> Any:
    """The user's word on what a node asks: `clarify` or `approve`.

    Raises:
        InputError: nobody is there to be asked.

    """
    return ask_meaning(question) if question["reason"] == "doubt" else ask_approval(question)
