"""Which models the settings allow, wherever they might run."""

from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import EndpointSettings


def why_not(candidate: Candidate, settings: EndpointSettings) -> str | None:
    """Why a model is not allowed, and what to set; None if it may run.

    A list of licences is kept to the letter: a model whose licence is not known is out. The
    user's own models are in, whatever their licence: who lists them has decided.
    """
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


def has_token() -> bool:
    """Whether the user has a token of Hugging Face, in the environment or saved."""
    try:
        from huggingface_hub import get_token
    except ImportError:
        return False
    return bool(get_token())
