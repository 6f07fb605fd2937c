"""Parts that tests share: a brain that was given its plan, an endpoint that does as told."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext

from langchain_core.language_models import GenericFakeChatModel

from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded import EmbeddedBrain
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Endpoint

REQUEST = {"messages": [("user", "do it")]}


class PlannedBrain(EmbeddedBrain):
    """Proposes the tasks it was made with, whatever the request."""

    def __init__(self, tasks):
        self.tasks = tasks

    async def plan(self, request, brief):
        return Draft(self.tasks)


class DoubtfulBrain(PlannedBrain):
    """Is not sure which of two plans is meant; the other one may come with a remark."""

    def __init__(self, tasks, other, remark="", other_remark=""):
        super().__init__(tasks)
        self.draft = Draft(tasks, remark, other=Draft(other, other_remark))

    async def plan(self, request, brief):
        return self.draft


class ScriptedEndpoint(Endpoint):
    """Runs a function of the text argument; offers the models it was made with."""

    name = "scripted"

    def __init__(self, behave: Callable[[str, Candidate], Awaitable[str]], models=("model-a",)):
        self.behave = behave
        self.models = models
        self.ran: list[str] = []

    def candidates(self, kind):
        return [Candidate(model=m, kind=kind.name, endpoint=self.name) for m in self.models]

    def refusal(self, kind):
        return f"the script has no part for {kind.name}"

    def obstacle(self, candidate):
        return None

    async def run(self, candidate, arguments, call):
        text = next(iter(arguments.values()))
        self.ran.append(text)
        return [Artifact.of_text(await self.behave(text, candidate))]

    def slot(self):
        return nullcontext()


class OneAtATime(ScriptedEndpoint):
    """Has one place: every other task waits for it."""

    def __init__(self, behave):
        super().__init__(behave)
        self.place = asyncio.Lock()

    def slot(self):
        return self.place


class ScriptedModel(GenericFakeChatModel):
    """An agent's chat model: says what it was given, message by message, whatever tools it has."""

    @classmethod
    def of(cls, *messages):
        return cls(messages=iter(messages))

    def bind_tools(self, tools, **_):
        return self


async def echo(text, candidate):
    """Behave by giving the text back."""
    return text


async def obey(text, candidate):
    """Behave as the first word says: `sleep 0.1`, `fail`, `hang`; else give the text back."""
    word, _, rest = text.partition(" ")
    if word == "fail":
        raise ValueError(f"told to fail: {rest}")
    if word == "sleep":
        await asyncio.sleep(float(rest))
    if word == "hang":
        await asyncio.Event().wait()
    return text


def tasks(*specs):
    """A plan of text-to-text tasks: a text, or a text and the ids it depends on."""
    plan = []
    for number, spec in enumerate(specs):
        text, *needs = [spec] if isinstance(spec, str) else spec
        plan.append({"task": "translation", "id": number, "dep": needs, "args": {"text": text}})
    return plan
