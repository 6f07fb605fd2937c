"""What select asks of endpoints: news of models first, and to get the chosen ones ready."""

import asyncio

from parts import REQUEST, PlannedBrain, ScriptedEndpoint, obey, tasks

from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.candidates import find_candidates
from hugginggpt.tools.kinds import KINDS


class Watched(ScriptedEndpoint):
    """Remembers in which order it was asked for what; learns of a model when it looks for news."""

    def __init__(self):
        super().__init__(self.behave_watched, models=("old",))
        self.log = []

    async def refresh(self, kinds):
        self.log += [f"refresh {kind.name}" for kind in kinds]
        self.models = ("new", "old")

    def prepare(self, candidate):
        self.log.append(f"prepare {candidate.model}")

    async def behave_watched(self, text, candidate):
        self.log.append(f"run {text}")
        return await obey(text, candidate)


async def run(endpoint, plan):
    graph = build_graph(brain=PlannedBrain(plan), endpoints=[endpoint])
    return await graph.ainvoke(REQUEST, context=Context(selection="rank"))


async def test_models_are_made_ready_before_their_tasks_run():
    endpoint = Watched()
    await run(endpoint, tasks("one", ("two", 0)))
    assert endpoint.log == ["refresh translation", "prepare new", "run one", "run two"]


async def test_news_of_models_count_in_the_same_run():
    state = await run(Watched(), tasks("one"))
    assert state["results"]["0"]["model"] == "new"


async def test_a_model_is_made_ready_once_for_many_tasks():
    endpoint = Watched()
    await run(endpoint, tasks("one", "two", "three"))
    assert endpoint.log.count("prepare new") == 1


class Slow(Watched):
    async def refresh(self, kinds):
        await asyncio.sleep(0.2)
        await super().refresh(kinds)


async def test_endpoints_look_for_news_at_once():
    endpoints = [Slow(), Slow(), Slow()]
    graph = build_graph(brain=PlannedBrain(tasks("one")), endpoints=endpoints)
    async with asyncio.timeout(5):
        await graph.ainvoke(REQUEST, context=Context(selection="rank"))
    assert [endpoint.log[0] for endpoint in endpoints] == ["refresh translation"] * 3


def test_what_is_loaded_goes_first():
    class Warm(ScriptedEndpoint):
        def is_loaded(self, candidate):
            return candidate.model == "b"

    found = find_candidates(KINDS["translation"], [Warm(obey, ("a", "b", "c"))], 3)
    assert [candidate.model for candidate in found.candidates] == ["b", "a", "c"]
