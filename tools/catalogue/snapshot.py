"""Facts about well-known models, for when nobody can be asked: `snapshot.jsonl`, a line a model.

Written from what is publicly known of them, with weights in safetensors as far as that is known.
Numbers that change, such as downloads, are not there; numbers that are not certain are left out,
and `parameters` are rounded as in the model cards.
"""

import json
from collections import defaultdict
from functools import cache
from importlib.resources import files

from hugginggpt.tools.candidates import Candidate

_NO_SAFETENSORS = "the models of the Hub that do it bring no safetensors, or none is well known"
_PICKLES = "models of the Hub for tables are pickles of scikit-learn, which may run code"
_RARE = "few models of the Hub do it"
FEW: dict[str, str] = {
    "multiple-choice": _NO_SAFETENSORS,
    "table-to-text": "models made for that alone are rare; those that follow instructions do it",
    "tabular-to-text": "models made for that alone are rare; those that follow instructions do it",
    "text-to-3d": "few models of the Hub do it; most want a picture",
    "audio-to-audio": "models that clean or separate sounds bring pickles; codecs remain",
    "voice-activity-detection": _NO_SAFETENSORS,
    "tabular-classification": _PICKLES,
    "tabular-regression": _PICKLES,
    "graph-ml": _NO_SAFETENSORS,
    "reinforcement-learning": "agents of the Hub are pickles and archives of Stable Baselines",
    "canny-control": "it needs no model",
    "hed-control": "the weights of the HED network are a pickle",
    "mlsd-control": "the weights of the M-LSD network are a pickle",
    "hed-text-to-image": _RARE,
    "mlsd-text-to-image": _RARE,
    "normal-text-to-image": _RARE,
    "seg-text-to-image": _RARE,
}
"""Kind -> why fewer than five models of it stand here."""


def models(kind: str) -> tuple[Candidate, ...]:
    """The models of that kind, the usual choice first."""
    return _by_kind().get(kind, ())


@cache
def _by_kind() -> dict[str, tuple[Candidate, ...]]:
    lines = (files(__package__) / "snapshot.jsonl").read_text(encoding="utf-8").splitlines()
    found: dict[str, list[Candidate]] = defaultdict(list)
    for row in map(json.loads, lines):
        for kind in row.pop("kinds"):
            found[kind].append(Candidate(kind=kind, endpoint="", source="snapshot", **row))
    return {kind: tuple(candidates) for kind, candidates in found.items()}
