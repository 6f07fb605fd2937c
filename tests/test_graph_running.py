"""One task and its candidates: which are tried, in what order, and what is told of it."""

import asyncio
from itertools import product

import pytest
from parts import REQUEST, PlannedBrain, ScriptedEndpoint, tasks

from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.graph.results import Selection
from hugginggpt.graph.running import in_turn
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import OutOfMemoryError, WorkspaceError

GIGABYTE = 10**9


def candidate(name, endpoint="local", size=None):
    return Candidate(model=name, kind="translation", endpoint=endpoint, size=size)


class Sized(ScriptedEndpoint):
    """Offers models of these sizes, in GB."""

    def __init__(self, behave, name, **sizes):
        super().__init__(behave)
        self.name = name
        self.sizes = sizes

    def candidates(self, kind):
        return [
            Candidate(model=m, kind=kind.name, endpoint=self.name, size=size * GIGABYTE)
            for m, size in self.sizes.items()
        ]


async def tried(behave, *endpoints, **settings):
    """The models that one task was tried on, and its result."""
    models = []

    async def watch(text, candidate):
        models.append(candidate.model)
        return await behave(text, candidate)

    opened = [Sized(watch, name, **sizes) for name, sizes in endpoints]
    graph = build_graph(brain=PlannedBrain(tasks("a")), endpoints=opened)
    state = await graph.ainvoke(REQUEST, context=Context(**settings))
    return models, state["results"]["0"]


async def fail(text, candidate):
    raise RuntimeError(f"{candidate.model} is broken")


async def run_out(text, candidate):
    raise OutOfMemoryError(f"{candidate.model} ran out of memory")


LOCAL = ("local", {"large": 8, "middle": 4, "small": 1})
HOSTED = ("hosted", {"far": 70})


async def test_at_most_so_many_models_are_tried():
    models, result = await tried(fail, LOCAL, attempts=2)
    assert (models, result["status"]) == (["large", "middle"], "failed")


async def test_the_last_try_goes_to_another_endpoint():
    models, _ = await tried(fail, LOCAL, HOSTED)
    assert models == ["large", "middle", "far"]


async def test_every_attempt_is_in_the_result():
    _, result = await tried(fail, LOCAL, HOSTED)
    assert [a["error"] for a in result["attempts"]] == [
        "RuntimeError: large is broken",
        "RuntimeError: middle is broken",
        "RuntimeError: far is broken",
    ]


async def test_out_of_memory_is_followed_by_a_smaller_model():
    offered = ("local", {"middle": 4, "large": 8, "small": 1})
    models, _ = await tried(run_out, offered, attempts=3)
    assert models == ["middle", "small"]


async def test_or_by_another_endpoint():
    models, _ = await tried(run_out, ("local", {"small": 1, "large": 8}), HOSTED)
    assert models == ["small", "far"]


async def test_memory_that_python_lacks_counts_the_same():
    async def behave(text, candidate):
        raise MemoryError

    models, _ = await tried(behave, ("local", {"small": 1, "large": 8}))
    assert models == ["small"]


async def test_what_can_not_be_written_is_not_made_again():
    async def behave(text, candidate):
        raise WorkspaceError("the disk is full")

    models, result = await tried(behave, LOCAL, HOSTED)
    assert (models, result["error"]) == (["large"], "the disk is full")


async def test_a_model_that_hangs_leaves_its_time_to_the_next():
    async def behave(text, candidate):
        if candidate.model == "large":
            await asyncio.Event().wait()
        return text

    models, result = await tried(behave, LOCAL, task_timeout=0.1)
    assert (models, result["status"]) == (["large", "middle"], "done")
    assert result["attempts"][0]["seconds"] >= 0.1


async def test_a_file_that_is_missing_is_no_matter_of_models():
    plan = [{"task": "image-to-text", "id": 0, "dep": [-1], "args": {"image": "none.png"}}]
    endpoint = ScriptedEndpoint(fail, models=("a", "b"))
    graph = build_graph(brain=PlannedBrain(plan), endpoints=[endpoint])
    result = (await graph.ainvoke(REQUEST))["results"]["0"]
    assert (endpoint.ran, result["attempts"]) == ([], [])
    assert result["error"] == "there is no file 'none.png'"


async def test_what_is_asked_again_is_told():
    class Patient(ScriptedEndpoint):
        async def run(self, candidate, arguments, call):
            call.retried("it is busy")
            return await super().run(candidate, arguments, call)

    async def behave(text, candidate):
        return text

    graph = build_graph(brain=PlannedBrain(tasks("a")), endpoints=[Patient(behave)])
    events = [e async for e in graph.astream(REQUEST, stream_mode="custom")]
    assert [e["event"] for e in events] == ["started", "retried", "done"]
    result = (await graph.ainvoke(REQUEST))["results"]["0"]
    assert [(a["error"], result["status"]) for a in result["attempts"]] == [("it is busy", "done")]


@pytest.mark.parametrize(
    ("local", "hosted", "attempts"), [*product((1, 2, 5), (0, 1, 3), (1, 2, 3))]
)
def test_tries_begin_with_the_chosen_and_reach_every_endpoint(local, hosted, attempts):
    offered = [candidate(f"l{n}") for n in range(local)]
    offered += [candidate(f"h{n}", "hosted") for n in range(hosted)]
    first, *others = offered
    tries = in_turn(Selection(chosen=first, reason="", others=tuple(others)), attempts)
    assert tries[0] == first
    assert len(tries) == len(set(tries)) == min(attempts, len(offered))
    if hosted and attempts > 1:
        assert {c.endpoint for c in tries} == {"local", "hosted"}


def test_nothing_is_tried_where_nothing_was_chosen():
    assert in_turn(Selection(chosen=None, reason="no endpoint"), 3) == []
