"""How long texts are for a model, and shortening them: no tokenizer, so that none is fetched."""

_BYTES_A_TOKEN = 3
"""English has about 4.5 bytes a token, JSON and Chinese about 3: the count is on the safe side."""
_GAP = "\n[… {count} characters left out …]\n"


def count_tokens(text: str) -> int:
    """About how many tokens `text` has: its UTF-8 bytes by three, rounded up."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_A_TOKEN)


def cut(text: str, tokens: int) -> str:
    """`text`, or its beginning and its end where it has more than about `tokens` tokens."""
    excess = count_tokens(text)
    if excess <= tokens:
        return text
    kept = max(0, len(text) * tokens // excess - len(_GAP))
    head, tail = kept - kept // 3, kept // 3
    gap = _GAP.format(count=len(text) - kept)
    shown = text[:head] + gap + text[len(text) - tail :]
    return shown if count_tokens(shown) <= tokens else text[: max(0, tokens)]
