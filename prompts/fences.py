"""Fences round text from files, tools and models, so that a model sees where it begins and ends."""

import re
from html import escape


def fence(tag: str, text: str, **attributes: str) -> str:
    """`text` between tags; it can't close them itself."""
    about = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    inner = re.sub(f"</(?={tag})", r"<\\/", text, flags=re.IGNORECASE)
    return f"<{tag}{about}>\n{inner}\n</{tag}>"


def one_line(text: str) -> str:
    """`text` in one line, so that it can't pass for another line of a list, or for a heading."""
    return " ".join(text.split())
