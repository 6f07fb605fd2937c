"""Reading the arguments of a task, with a complaint that names what is wrong."""

from collections.abc import Mapping
from typing import Any

from hugginggpt.tools.errors import TaskError


def given_text(arguments: Mapping[str, Any], name: str) -> str:
    """The text argument of that name.

    Raises:
        TaskError: it is missing or blank.

    """
    text = _clean(arguments.get(name) or "")
    if not text.strip():
        raise TaskError(f"the argument {name!r} holds no text")
    return text


def given_texts(arguments: Mapping[str, Any], name: str) -> list[str]:
    """The texts of the list argument of that name, blank ones included.

    Raises:
        TaskError: there is none that holds anything.

    """
    value = arguments.get(name) or []
    texts = [_clean(each) for each in ([value] if isinstance(value, str) else value)]
    if not any(text.strip() for text in texts):
        raise TaskError(f"the argument {name!r} holds no text")
    return texts


def _clean(value: Any) -> str:
    """The value as text that every library takes: lone surrogates stand for no character."""
    return str(value).encode("utf-8", "replace").decode()


def given_word(arguments: Mapping[str, Any], name: str) -> str | None:
    """The setting of that name without surrounding blanks; None where it is not given."""
    value = arguments.get(name)
    return str(value).strip() or None if value is not None else None


def given_count(arguments: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    """The whole number that the setting of that name holds; None where it is not given.

    Raises:
        TaskError: it is not a whole number from `low` to `high`.

    """
    word = given_word(arguments, name)
    if word is None:
        return None
    try:
        number = float(word)
    except ValueError:
        number = float("nan")
    if not number.is_integer() or not low <= number <= high:
        raise TaskError(f"{name!r} must be a whole number from {low} to {high}, not {word!r}")
    return int(number)
