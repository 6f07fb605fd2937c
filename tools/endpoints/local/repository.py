"""A model's files: in a folder, in the Hub's cache on this disk, or downloaded into it.

Only safetensors are read as weights: other forms may run code. Which files of a repository are
fetched is decided from their names and sizes, before a byte of them comes.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from hugginggpt.tools.endpoints import Progress
from hugginggpt.tools.errors import TaskError

_GIGABYTE = 10**9
_KEPT = (".safetensors", ".json", ".jinja", ".txt", ".model", ".spm", ".bpe", ".vocab", ".jsonl")
"""Weights, settings, vocabularies. No code, and no other form of weights."""
_CARD = "README.md"
"""It names the model that another one builds on."""
_VARIANTS = (".fp16", ".bf16", ".fp32", ".non_ema", ".ema_only")
_CONFIGS = ("model_index.json", "config.json")
"""Of a diffusers pipeline, and of a transformers model."""


class Files(NamedTuple):
    """Where a model's files lie, and of which commit they are."""

    folder: Path
    revision: str | None = None

    @property
    def config(self) -> dict[str, Any]:
        """Its model_index.json or config.json; empty where it has neither that can be read."""
        return next((read for name in _CONFIGS if (read := _read(self.folder / name))), {})

    @property
    def size(self) -> int:
        """Bytes of weights."""
        return sum(path.stat().st_size for path in self.folder.rglob("*.safetensors"))


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def is_folder(model: str) -> bool:
    """Whether `model` is the path of a folder and no Hub id."""
    return Path(model).expanduser().is_dir()


def files_here(model: str) -> Files | None:
    """The model's files where all of them are on this machine; nothing is fetched."""
    if is_folder(model):
        folder = Path(model).expanduser().resolve()
        return Files(folder) if _is_complete(folder) else None
    if not is_hub_id(model):
        return None
    from huggingface_hub.constants import HF_HUB_CACHE

    stored = Path(HF_HUB_CACHE) / f"models--{model.replace('/', '--')}"
    try:
        revision = (stored / "refs" / "main").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    folder = stored / "snapshots" / revision
    return Files(folder, revision) if _is_complete(folder) else None


def is_hub_id(model: str) -> bool:
    """Whether `model` has the form of a Hub id, such as `google-t5/t5-small`."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(model)
    except HFValidationError:
        return False
    return True


def _is_complete(folder: Path) -> bool:
    """Whether there are weights, and every part of weights that are split up."""
    weights = list(folder.rglob("*.safetensors"))
    if not weights or not all(path.exists() for path in weights):
        return False
    shards = (
        path.parent / name
        for path in folder.rglob("*.safetensors.index.json")
        for name in set(_read(path).get("weight_map", {}).values())
    )
    components = (folder / name for name in _components(_read(folder / "model_index.json")))
    return all(path.exists() for path in (*shards, *components))


def _components(index: Mapping[str, Any]) -> list[str]:
    """Folders of a diffusers pipeline."""
    return [name for name, value in index.items() if isinstance(value, list) and any(value)]


def download(model: str, largest: float, progress: Progress) -> Files:
    """The model's files, fetched from the Hub as far as they are not here; `largest` is in GB.

    Raises:
        TaskError: there is no such model, it has no safetensors, is too large, gated, or the Hub
            can't be asked.

    """
    from huggingface_hub import snapshot_download

    progress(f"looking {model} up on the Hub", None)
    found: Any = _asking(model, lambda: snapshot_download(model, dry_run=True))
    sizes = {file.filename: file.file_size for file in found}
    wanted = wanted_files(sizes)
    weights = sum(sizes[name] for name in wanted if name.endswith(".safetensors"))
    if not weights:
        raise TaskError(
            f"{model} has no safetensors; weights in another form, such as pytorch_model.bin, may "
            "run code and are not read"
        )
    if weights > largest * _GIGABYTE:
        raise TaskError(
            f"{model} has {weights / _GIGABYTE:.1f} GB of weights, and at most {largest:g} GB are "
            "loaded here; see HUGGINGGPT_LOCAL_SIZE"
        )
    revision = found[0].commit_hash
    folder = _asking(
        model,
        lambda: snapshot_download(
            model,
            revision=revision,
            allow_patterns=wanted,
            tqdm_class=_bar(f"downloading {model}", progress),
        ),
    )
    _remember(Path(folder), revision)
    return Files(Path(folder), revision)


def wanted_files(names: Iterable[str]) -> list[str]:
    """Those of a repository that are needed to load its model."""
    names = [name for name in names if name.endswith(_KEPT) or name == _CARD]
    is_pipeline = "model_index.json" in names
    has_modules = "modules.json" in names  # sentence-transformers
    weights = {name for name in names if name.endswith(".safetensors")}
    return [
        name
        for name in names
        if name not in weights or _is_wanted(PurePosixPath(name), weights, is_pipeline)
        if "/" not in name or is_pipeline or has_modules
    ]


def _is_wanted(path: PurePosixPath, weights: set[str], is_pipeline: bool) -> bool:
    if path.name.startswith("consolidated"):
        return False
    if is_pipeline and len(path.parts) == 1:  # all in one file, for other programs
        return False
    plain = path.name
    for variant in _VARIANTS:
        plain = plain.replace(variant, "")
    return plain == path.name or str(path.with_name(plain)) not in weights


def _remember(folder: Path, revision: str) -> None:
    """Name the commit as the latest: fetched by its hash, it would not be found without the Hub."""
    latest = folder.parent.parent / "refs" / "main"
    latest.parent.mkdir(parents=True, exist_ok=True)
    latest.write_text(revision, encoding="utf-8")


def _asking(model: str, ask: Callable[[], Any]) -> Any:
    """What the Hub answers.

    Raises:
        TaskError: it does not, or refuses; the text says what to do.

    """
    import httpx

    try:
        return ask()
    except (OSError, ValueError, httpx.HTTPError) as error:
        raise TaskError(_explain(model, error)) from error


def _explain(model: str, error: Exception) -> str:
    """Why the Hub gave nothing, and what to do."""
    from huggingface_hub import errors

    if isinstance(error, errors.DryRunError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, errors.GatedRepoError):
        return f"{model} is gated: accept its terms on its page at the Hub, and set HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"there is no model {model!r} on the Hub, or it is private and needs HF_TOKEN"
    reason = " ".join(str(error).split())[:200]
    return f"{model} could not be fetched from the Hub: {reason}"


def _bar(doing: str, progress: Progress) -> Any:
    """A progress bar that tells `progress` of bytes, and shows nothing itself."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **settings: Any) -> None:
            settings.pop("name", None)
            super().__init__(*arguments, **settings | {"disable": False, "delay": 1e9})

        def display(self, *_: Any, **__: Any) -> bool:
            return False

        def update(self, n: float | None = 1) -> None:
            super().update(n)
            if self.unit == "B" and self.total:
                progress(doing, min(1.0, self.n / self.total))

    return Bar
