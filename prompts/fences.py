"""Fences round text from files, tools and models, so that a model sees where it begins and ends."""

from html import escape


def fence(tag: str, text: str, **attributes: str) -> str:
    """`text` between tags; it can't close them itself."""
    about = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    inner = text.replace(f"</{tag}", f"<\\/{tag}")
    return f"<{tag}{about}>\n{inner}\n</{tag}>"
