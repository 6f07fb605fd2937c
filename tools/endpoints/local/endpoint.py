"""`LocalEndpoint`: which models run here, how they get here, and how they are run."""

import importlib
import importlib.util
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from math import inf
from typing import Any

from anyio import CapacityLimiter

from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.catalogue import open_catalogue, why_not
from hugginggpt.tools.catalogue.filters import why_not_listed
from hugginggpt.tools.endpoints import DEFAULT_SETTINGS, Call, Endpoint, EndpointSettings
from hugginggpt.tools.endpoints.local.devices import pick_device, pick_dtype
from hugginggpt.tools.endpoints.local.families import FAMILIES, REASONS, Family, Loaded, Weights
from hugginggpt.tools.endpoints.local.pool import Key, Pool
from hugginggpt.tools.endpoints.local.reach import can_reach_hub
from hugginggpt.tools.endpoints.local.repository import (
    Files,
    download,
    files_here,
    is_folder,
)
from hugginggpt.tools.endpoints.workers import run_in_worker, working
from hugginggpt.tools.errors import (
    HuggingGPTError,
    MissingExtraError,
    NoEndpointError,
    OutOfMemoryError,
    TaskError,
)
from hugginggpt.tools.files import is_url
from hugginggpt.tools.kinds import TaskKind
from hugginggpt.tools.loops import Slots

_FAMILIES = {family.kind: family for family in FAMILIES}
_BASICS = ("torch", "transformers", "safetensors")
_GIGABYTE = 10**9
_SLOTS = Slots("local", 16)
"""A model runs one call or one batch at a time; these are the calls that may wait for it."""
_POOL = Pool()


class LocalEndpoint(Endpoint):
    """Runs models with transformers, diffusers and sentence-transformers in worker threads."""

    name = "local"

    def __init__(self, settings: EndpointSettings = DEFAULT_SETTINGS) -> None:
        """Load nothing yet."""
        self._settings = settings
        self._catalogue = open_catalogue(settings)

    def candidates(self, kind: TaskKind) -> Sequence[Candidate]:
        """Models of that kind that are known of."""
        family = _FAMILIES.get(kind.name)
        if family is None:
            return []
        known = [c for c in self._catalogue.models(kind) if not is_url(c.model)]
        update = {"endpoint": self.name, "caveat": family.caveat}
        return [c.model_copy(update=update) for c in known]

    def refusal(self, kind: TaskKind) -> str:
        """Why no model of that kind runs here."""
        return REASONS.get(kind.name) or f"no model is known that does {kind.name}"

    def obstacle(self, candidate: Candidate) -> str | None:
        """What is missing, or too much: packages, safe weights, room, the Hub."""
        family = _FAMILIES.get(candidate.kind)
        if family is None:
            return REASONS.get(candidate.kind, f"no model does {candidate.kind} here")
        if reason := why_not(candidate, self._settings):
            return reason
        if missing := _missing(family):
            return f"{', '.join(missing)} not installed; pip install 'hugginggpt[local]'"
        if candidate.library and candidate.library not in family.libraries:
            return f"models of {candidate.library} are not run here"
        if candidate.safetensors is False:
            return "models without safetensors are not loaded: other weights may run code"
        if is_folder(candidate.model) or files_here(candidate.model) is not None:
            return None
        if (candidate.size or 0) > self._largest * _GIGABYTE:
            return (
                f"models above {self._largest:g} GB are not loaded; see HUGGINGGPT_LOCAL_SIZE "
                "and HUGGINGGPT_LOCAL_MEMORY"
            )
        if not self._settings.hub:
            return "models that are not on this machine are not fetched; see HUGGINGGPT_HUB"
        return None if can_reach_hub() else "the Hub can't be reached to fetch models"

    @property
    def _largest(self) -> float:
        """The largest model that is loaded, in GB."""
        return min(self._settings.local_size, self._settings.local_memory or inf)

    def is_loaded(self, candidate: Candidate) -> bool:
        """Whether the model is in memory, so that a task need not wait for it."""
        return _POOL.holds(candidate.model)

    async def refresh(self, kinds: Iterable[TaskKind]) -> None:
        """Ask the Hub for models of these kinds, where that was long ago."""
        await self._catalogue.refresh(kinds)

    async def run(
        self, candidate: Candidate, arguments: Mapping[str, Any], call: Call
    ) -> list[Artifact]:
        """What the model makes of the arguments, fetched and loaded first where need be.

        Raises:
            FileInputError: a file can't be used.
            MissingExtraError: a package is missing or can't be loaded.
            NoEndpointError: models of that kind are not run here.
            SettingError: the device of the settings does not exist.
            TaskError: the model can't be fetched, loaded or run; the text says why.

        """
        family = _FAMILIES.get(candidate.kind)
        if family is None or _missing(family):
            raise NoEndpointError(f"{candidate.model}: {self.obstacle(candidate)}")
        work = partial(self._work, family, candidate, arguments)
        return await run_in_worker(candidate.model, work, call)

    def prepare(self, candidate: Candidate) -> None:
        """Begin to fetch and load the model, while its task still waits for its inputs."""
        family = _FAMILIES.get(candidate.kind)
        if family is not None and not _missing(family) and not self.is_loaded(candidate):
            _in_background(partial(self._warm, family, candidate))

    def slot(self) -> CapacityLimiter:
        """One of the places to wait for a model."""
        return _SLOTS.here()

    def _work(
        self, family: Family, candidate: Candidate, arguments: Mapping[str, Any], call: Call
    ) -> list[Artifact]:
        """What the model makes of the arguments; runs in a worker thread."""
        weights, size = self._weights(family, candidate.model, call)
        try:
            with self._borrowed(family, weights, size, call) as held:
                run = held.run_in_batch if family.many else held.run
                artifacts = run(_function(family.run), arguments, call)
        except HuggingGPTError:
            raise
        except ImportError as error:
            raise MissingExtraError(
                f"{candidate.model} needs a package that can't be loaded: {error}"
            ) from error
        except Exception as error:
            raise _explained(candidate, error) from error
        return _told(artifacts, weights)

    def _warm(self, family: Family, candidate: Candidate) -> None:
        """Load the model; what goes wrong is told by the task that needs it."""
        call = Call(Workspace("."))  # nothing is written
        with working():
            weights, size = self._weights(family, candidate.model, call)
            with self._borrowed(family, weights, size, call):
                pass

    def _weights(self, family: Family, model: str, call: Call) -> tuple[Weights, int]:
        """The model's files with the device and numbers they go to, and the room they take.

        Another model that must be there beside it is fetched too.
        """
        files = self._files(model, call)
        device = pick_device(self._settings.device)
        dtype = pick_dtype(device)
        weights = Weights(model, files.folder, files.revision, device, dtype, files.config)
        beside = _function(family.beside)(weights) if family.beside else None
        size = files.size + (self._files(beside, call).size if beside else 0)
        return weights, size if dtype == "float32" else size // 2

    def _files(self, model: str, call: Call) -> Files:
        """The model's files, fetched where they are not here.

        Raises:
            TaskError: they can't be had, or the settings keep the model out. A model that another
                one names as its companion passes by here too, and by nothing else.

        """
        if reason := why_not_listed(model, self._settings):
            raise TaskError(f"{model} is not loaded: {reason}")
        files = files_here(model)
        if files is not None:
            return files
        if is_folder(model):
            raise TaskError(
                f"the folder {model!r} holds no complete safetensors; other weights may run code "
                "and are not read"
            )
        if not self._settings.hub:
            raise TaskError(f"{model} is not on this machine, and HUGGINGGPT_HUB is off")
        return download(model, self._largest, call.progress)

    def _borrowed(self, family: Family, weights: Weights, size: int, call: Call) -> Any:
        key = Key(weights.model, weights.revision, family.load, weights.device, weights.dtype)

        def load() -> Loaded:
            call.progress(f"loading {weights.model}", None)
            loaded: Loaded = _function(family.load)(weights)
            return loaded

        return _POOL.borrow(key, load, size=size, limit=self._settings.local_memory)


def _in_background(work: Callable[[], None]) -> None:
    def quietly() -> None:
        with suppress(Exception):  # the task meets it again, and tells it
            work()

    threading.Thread(target=quietly, name="hugginggpt-load", daemon=True).start()


@cache
def _missing(family: Family) -> list[str]:
    """Packages that the family needs and that are not installed."""
    modules = (*_BASICS, *family.needs)
    return [module for module in modules if importlib.util.find_spec(module) is None]


def _function(named: str) -> Any:
    module, _, name = named.partition(":")
    return getattr(importlib.import_module(f"{__package__}.{module}"), name)


def _explained(candidate: Candidate, error: Exception) -> TaskError:
    """The error that tells in a line what went wrong inside a library."""
    if _is_out_of_memory(error):
        _POOL.clear()
        return OutOfMemoryError(f"{candidate.model} ran out of memory; take a smaller model")
    reason = " ".join(str(error).split())
    if "trust_remote_code" in reason:
        return TaskError(f"{candidate.model} needs code of its own, which is never run")
    said = f"{type(error).__name__}: {reason[:300]}"
    return TaskError(f"{candidate.model} can't do {candidate.kind}: {said}")


def _is_out_of_memory(error: Exception) -> bool:
    is_accelerators = type(error).__name__ == "OutOfMemoryError"
    return is_accelerators or isinstance(error, MemoryError) or "allocate memory" in str(error)


def _told(artifacts: list[Artifact], weights: Weights) -> list[Artifact]:
    """The artifacts, the main one with the commit of the model that made it."""
    if weights.revision is None or not artifacts:
        return artifacts
    main, *others = artifacts
    metadata = {**main.metadata, "revision": weights.revision}
    return [main.model_copy(update={"metadata": metadata}), *others]
