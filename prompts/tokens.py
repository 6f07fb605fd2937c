"""How long texts are for a model, and shortening them: no tokenizer, so that none is fetched."""

from collections.abc import Iterable

from hugginggpt.prompts.fences import fence, harmless, one_line

_BYTES_A_TOKEN = 3
"""English has about 4.5 bytes a token, JSON and Chinese about 3: the count is on the safe side."""
_GAP = "\n[… {count} characters left out …]\n"


def count_tokens(text: str) -> int:
    """About how many tokens `text` has: its UTF-8 bytes by three, rounded up."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_A_TOKEN)


def cut(text: str, tokens: int) -> str:
    """`text`, or its beginning and its end where it has more than about `tokens` tokens."""
    raw = text.encode("utf-8", "surrogatepass")
    room = _BYTES_A_TOKEN * max(0, tokens)
    if len(raw) <= room:
        return text
    kept = room - len(_GAP.format(count=len(text)).encode())
    if kept <= 0:  # too little to say that something is left out
        return raw[:room].decode("utf-8", "ignore")
    head = raw[: kept - kept // 3].decode("utf-8", "ignore")
    tail = raw[len(raw) - kept // 3 :].decode("utf-8", "ignore")
    return head + _GAP.format(count=len(text) - len(head) - len(tail)) + tail


def bullets(lines: Iterable[str], tokens: int) -> str:
    """A Markdown list, a line for each text, cut where it has more than about `tokens` tokens."""
    return cut("\n".join(f"- {one_line(line)}" for line in lines), tokens)


def cut_fence(tag: str, text: str, tokens: int, **attributes: str) -> str:
    """`text` in a fence, cut so that both have about `tokens` tokens; empty where there is none."""
    room = tokens - count_tokens(fence(tag, "", **attributes))
    inner = cut(harmless(tag, text), room)
    return fence(tag, inner, **attributes) if inner else ""
