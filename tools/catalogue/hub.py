"""What the Hub says about models of a kind: one call a kind, most downloaded first.

Expected: `HfApi.list_models` takes a timeout. In huggingface_hub 1.33 it waits for ever, and for
an answer of any size, so it is asked here with that package's own client, headers and `ModelInfo`.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.catalogue.cards import first_paragraph
from hugginggpt.tools.endpoints import EndpointSettings
from hugginggpt.tools.kinds import TaskKind

if TYPE_CHECKING:
    import httpx
    from huggingface_hub import ModelInfo

_LIMIT = 30
"""Models that are kept of each kind."""
_DESCRIBED = 10
"""Of those, how many have their model card read."""
_CARD_SECONDS = 4.0
_LONGEST_CARD = 200_000
_LONGEST_ANSWER = 20_000_000
"""In bytes, as above."""
_EXPAND = (
    "cardData", "config", "disabled", "downloads", "gated", "inferenceProviderMapping",
    "library_name", "likes", "safetensors", "sha", "tags",
)  # fmt: skip
_TAGS = {
    "text-retrieval": "sentence-similarity",
    "depth-control": "depth-estimation",
    "normal-control": "depth-estimation",
    "openpose-control": "keypoint-detection",
    "seg-control": "image-segmentation",
}
"""Kinds whose models stand under another name on the Hub."""
_CONTROLNETS = "-text-to-image"
"""Ending of the kinds that draw under a control; their models are found by tag and name."""
_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2}
"""Of a weight of that type; others take one."""
_ID = re.compile(r"[\w-][\w.-]{0,95}(/[\w-][\w.-]{0,95})?")
_LANGUAGE = re.compile(r"(?!tf)[a-z]{2}")
"""A language among the tags; `tf` is TensorFlow."""


class HubError(Exception):
    """The Hub can't be asked; the text says why."""


def obstacle(settings: EndpointSettings) -> str:
    """Why the Hub must not, or can't be asked; empty where it may."""
    if not settings.hub:
        return "the Hub is not asked: HUGGINGGPT_HUB is off"
    if find_spec("huggingface_hub") is None:
        return "the Hub can't be asked: huggingface_hub is not installed"
    from huggingface_hub import constants

    return "the Hub is not asked: HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else ""


def address() -> str:
    """Where the Hub is."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def sorts(kind: TaskKind) -> bool:
    """Whether models of that kind can be found on the Hub by tag or name."""
    return bool(_query(kind))


def _query(kind: TaskKind) -> dict[str, str]:
    if kind.group != "control" or kind.name in _TAGS:
        return {"pipeline_tag": _TAGS.get(kind.name, kind.name)}
    if kind.name.endswith(_CONTROLNETS):
        return {"filter": "controlnet", "search": kind.name.removesuffix(_CONTROLNETS)}
    return {}


def open_client() -> "httpx.AsyncClient":
    """A client for calls to the Hub, with the user's own settings for proxies and certificates."""
    from huggingface_hub import get_async_session

    return get_async_session()


# --- models ---------------------------------------------------------------------------------


async def find(
    client: "httpx.AsyncClient", kind: TaskKind, names: Sequence[str]
) -> list[Candidate]:
    """The most downloaded models of that kind, and those of `names` that the Hub has.

    Raises:
        HubError: the Hub can't be asked.

    """
    listed = await _listed(client, kind)
    known = {candidate.model for candidate in listed}
    others = (_named(client, kind, name) for name in names if name not in known)
    return [*listed, *(found for found in await asyncio.gather(*others) if found)]


async def _listed(client: "httpx.AsyncClient", kind: TaskKind) -> list[Candidate]:
    if not (query := _query(kind)):
        return []
    asked = {**query, "sort": "downloads", "limit": _LIMIT, "expand": _EXPAND}
    told = _parsed(await _get(client, "api/models", _LONGEST_ANSWER, asked))
    if not isinstance(told, list):
        raise HubError(f"{address()} gave no list of models for {kind.name}")
    return list(_candidates(told[:_LIMIT], kind))


async def _named(client: "httpx.AsyncClient", kind: TaskKind, name: str) -> Candidate | None:
    try:
        told = await _get(client, f"api/models/{name}", _LONGEST_ANSWER, {"expand": _EXPAND})
        return next(_candidates([_parsed(told)], kind), None)
    except HubError:  # a name that the Hub does not know is told when it is to be run
        return None


def _parsed(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError as error:
        raise HubError(f"{address()} gave an answer that is no JSON") from error


async def _get(
    client: "httpx.AsyncClient", path: str, most: int, query: Mapping[str, Any] | None = None
) -> bytes:
    """The first `most` bytes of what the Hub answers.

    Raises:
        HubError: it can't be reached, or refuses.

    """
    import httpx
    from huggingface_hub.errors import OfflineModeIsEnabled
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    text = b""
    try:
        url, headers = f"{address()}/{path}", build_hf_headers()
        async with client.stream("GET", url, params=query, headers=headers) as answer:
            if answer.is_error:
                raise HubError(f"{address()} answered {answer.status_code} {answer.reason_phrase}")
            async for chunk in answer.aiter_bytes():
                text += chunk
                if len(text) > most:
                    break
    except (httpx.HTTPError, httpx.InvalidURL, OfflineModeIsEnabled, OSError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise HubError(f"{address()} can't be reached: {reason}") from error
    return text[:most]


def _candidates(told: Iterable[Any], kind: TaskKind) -> Iterator[Candidate]:
    """The models that can be read; one that can't is no reason to lose the others."""
    from huggingface_hub import ModelInfo

    for each in told:
        try:
            info = ModelInfo(**each)  # type: ignore[no-untyped-call]
            if _ID.fullmatch(info.id) and not info.disabled:
                yield _candidate(info, kind)
        except (AttributeError, KeyError, TypeError, ValueError):
            continue


def _candidate(info: "ModelInfo", kind: TaskKind) -> Candidate:
    weights = info.safetensors
    tags = info.tags or []
    return Candidate(
        model=info.id,
        kind=kind.name,
        endpoint="",
        source="hub",
        description=_architecture(info),
        downloads=info.downloads,
        likes=info.likes,
        licence=_licence(info, tags),
        gated=bool(info.gated),
        parameters=weights.total if weights else None,
        size=_size(weights.parameters) if weights else None,
        safetensors=bool(weights) or "safetensors" in tags,
        languages=tuple(tag for tag in tags if _LANGUAGE.fullmatch(tag)),
        library=info.library_name,
        providers=tuple(_providers(info)),
        revision=info.sha,
    )


def _architecture(info: "ModelInfo") -> str:
    """What is known of a model without its card."""
    names = (info.config or {}).get("architectures") or []
    return str(names[0])[:100] if names else ""


def _licence(info: "ModelInfo", tags: Sequence[str]) -> str | None:
    """The licence of the tags; where that is `other`, the name that the card gives it."""
    licence = next((t.removeprefix("license:") for t in tags if t.startswith("license:")), None)
    name = getattr(info.card_data, "license_name", None)
    return name if licence == "other" and isinstance(name, str) else licence


def _size(parameters: Mapping[str, int]) -> int:
    return sum(count * _BYTES.get(kind, 1) for kind, count in parameters.items())


def _providers(info: "ModelInfo") -> Iterator[str]:
    for mapping in info.inference_provider_mapping or []:
        if mapping.status == "live":
            yield mapping.provider


# --- what their cards say -------------------------------------------------------------------


def words_of(candidates: Iterable[Candidate]) -> dict[str, str]:
    """What was read in model cards before, by model; a single word is an architecture."""
    return {c.model: c.description for c in candidates if " " in c.description}


def with_words(candidates: Sequence[Candidate], words: Mapping[str, str]) -> list[Candidate]:
    """The candidates with the descriptions that `words` holds."""
    return [
        c.model_copy(update={"description": words[c.model]}) if c.model in words else c
        for c in candidates
    ]


async def described(
    client: "httpx.AsyncClient", candidates: Sequence[Candidate], words: Mapping[str, str]
) -> list[Candidate]:
    """The candidates, the first of them with the first words of their model cards.

    Cards are read once: those in `words` were. One that can't be read in time is left out.
    """
    unread = [c.model for c in candidates[:_DESCRIBED] if c.model not in words]
    read = await asyncio.gather(*(_card(client, model) for model in unread))
    fresh = {model: text for model, text in zip(unread, read, strict=True) if text}
    return with_words(candidates, {**words, **fresh})


async def _card(client: "httpx.AsyncClient", model: str) -> str:
    try:
        async with asyncio.timeout(_CARD_SECONDS):
            card = await _get(client, f"{model}/raw/main/README.md", _LONGEST_CARD)
    except (HubError, TimeoutError):
        return ""
    return first_paragraph(card.decode("utf-8", "replace"))
