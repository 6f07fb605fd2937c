"""Which models the settings allow, wherever they might run."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import EndpointSettings
from hugginggpt.tools.files import is_url


def why_not(candidate: Candidate, settings: EndpointSettings) -> str | None:
    """Why a model is not allowed, and what to set; None if it may run.

    A list of licences is kept to the letter: a model whose licence is not known is out. The
    user's own models are in, whatever their licence: who lists them has decided.
    """
    if reason := why_not_listed(candidate.model, settings):
        return reason
    licence = (candidate.licence or "").lower()
    allowed = [each.lower() for each in settings.licences]
    if allowed and candidate.source != "own" and licence not in allowed:
        told = f"the licence {licence} is" if licence else "models without a known licence are"
        return f"{told} not allowed by HUGGINGGPT_LICENCES"
    if candidate.gated and not has_token():
        return (
            f"it is gated: accept its terms at https://huggingface.co/{candidate.model} "
            "and set HF_TOKEN"
        )
    return None


def why_not_listed(model: str, settings: EndpointSettings) -> str | None:
    """Why the lists of models keep `model` out; None if they don't.

    What is denied is out even where it is allowed too, folders and addresses included; only ids
    of the Hub must be allowed. The Hub does not tell ids by case, and neither do the lists.
    """
    if found := _match(model, settings.models_denied):
        return f"it is denied by {found!r} in HUGGINGGPT_MODELS_DENIED"
    is_on_hub = not (is_url(model) or Path(model).expanduser().is_absolute())
    if is_on_hub and settings.models_allowed and not _match(model, settings.models_allowed):
        return "it is not among the models of HUGGINGGPT_MODELS_ALLOWED"
    return None


def _match(model: str, patterns: Iterable[str]) -> str | None:
    """The first pattern that the model fits."""
    return next((each for each in patterns if fnmatchcase(model.lower(), each.lower())), None)


def has_token() -> bool:
    """Whether the user has a token of Hugging Face, in the environment or saved."""
    try:
        from huggingface_hub import get_token
    except ImportError:
        return False
    return bool(get_token())
