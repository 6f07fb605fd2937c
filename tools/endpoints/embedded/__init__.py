"""The embedded endpoint: engines that come with pip and run here, without key, network or torch."""

import importlib
import importlib.util
import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from anyio import CapacityLimiter

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import DEFAULT_SETTINGS, Call, Endpoint, EndpointSettings
from hugginggpt.tools.endpoints.embedded.engines import ENGINES, Engine, Run
from hugginggpt.tools.endpoints.workers import run_in_worker
from hugginggpt.tools.errors import MissingExtraError, NoEndpointError
from hugginggpt.tools.kinds import TaskKind
from hugginggpt.tools.loops import Slots

_ENGINES = {(engine.kind, engine.model): engine for engine in ENGINES}
_SLOTS = Slots("embedded", os.cpu_count() or 1)


class EmbeddedEndpoint(Endpoint):
    """Runs the engines of `ENGINES` in worker threads, as many at once as there are processors."""

    name = "embedded"

    def __init__(self, settings: EndpointSettings = DEFAULT_SETTINGS) -> None:
        """Need nothing of the settings."""

    def candidates(self, kind: TaskKind) -> Sequence[Candidate]:
        """The engines of that kind."""
        return [engine.candidate for engine in ENGINES if engine.kind == kind.name]

    def refusal(self, kind: TaskKind) -> str:
        """Why there is no engine of that kind."""
        return f"no embedded engine does {kind.name}; it needs a model on another endpoint"

    def obstacle(self, candidate: Candidate) -> str | None:
        """Which packages are missing, if any."""
        engine = _ENGINES.get((candidate.kind, candidate.model))
        if engine is None:
            return f"there is no embedded engine {candidate.model!r} for {candidate.kind}"
        missing = [module for module in engine.needs if importlib.util.find_spec(module) is None]
        if not missing:
            return None
        return _missing(engine, f"{', '.join(missing)} not installed")

    async def run(
        self, candidate: Candidate, arguments: Mapping[str, Any], call: Call
    ) -> list[Artifact]:
        """What the engine makes of the arguments; it stops at its next report once cancelled.

        Raises:
            FileInputError: a file can't be used.
            MissingExtraError: a package of the engine is missing or can't be loaded.
            NoEndpointError: there is no such engine.
            TaskError: the engine can't do the task; the text says why.

        """
        engine = _ENGINES.get((candidate.kind, candidate.model))
        obstacle = self.obstacle(candidate)
        if engine is None:
            raise NoEndpointError(obstacle)
        if obstacle is not None:
            raise MissingExtraError(obstacle)
        work = partial(_work, engine, arguments)
        return await run_in_worker(engine.model, work, call)

    def slot(self) -> CapacityLimiter:
        """One of as many places as there are processors."""
        return _SLOTS.here()


def _work(engine: Engine, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """What the engine returns; runs in a worker thread."""
    try:
        return _function(engine)(arguments, call)
    except ImportError as error:
        raise MissingExtraError(_missing(engine, f"it can't be loaded ({error})")) from error


def _function(engine: Engine) -> Run:
    module, _, name = engine.function.partition(":")
    function: Run = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    return function


def _missing(engine: Engine, what: str) -> str:
    return f"{engine.model} for {engine.kind}: {what}; pip install 'hugginggpt[embedded]'"
