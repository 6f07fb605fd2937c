"""What plans TaskBench's requests: the embedded brain, or a chat model that is told the tools."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from hugginggpt.evals.taskbench.data import Bench, Tool, ToolPlan
from hugginggpt.evals.taskbench.mapping import tool_of
from hugginggpt.evals.taskbench.wire import plan_of
from hugginggpt.graph.context import Context
from hugginggpt.tools.errors import BrainError, SettingError

PROMPT = """\
You plan how tools solve a request. You know these tools, and no others:
{tools}

Answer with one JSON object and nothing else:
{{"steps": ["what is done first, in a sentence", ...], "tasks": [{{"task": "name of a tool", \
"id": 0, "dep": [-1], "args": {{{args}}}}}, ...]}}
- One step for each task, in the same order. Ids count up from 0.
- "dep" holds the ids of the tasks that must come before, or -1 where there is none.
- {values} "<GENERATED>-0" stands for what the task with id 0 gives.
- Use as many tasks as the request needs, and no more."""
_TYPED = (
    '"text": "..."',
    'A key of "args" is what goes in, with a number behind it where the tool takes two of a kind '
    '("image", "image-2"); its value is a file name or the words of the request, and',
)
_NAMED = (
    '"name of a parameter": "..."',
    'A key of "args" is the name of a parameter; its value is told in the request, and',
)


class Planner(Protocol):
    """Plans one request of a domain."""

    async def plan(self, request: str) -> ToolPlan:
        """The plan.

        Raises:
            HuggingGPTError: there is none to be had.

        """


def open_planner(context: Context, bench: Bench) -> Planner:
    """The planner that the brain of the settings makes.

    Raises:
        SettingError: the brain does not exist, or does not know the domain.

    """
    if context.brain != "embedded":
        return ChatPlanner(context, bench)
    if bench.domain != "huggingface":
        raise SettingError(
            f"the embedded brain knows the tools of 'huggingface', not of {bench.domain!r}: "
            "name a chat model with --brain"
        )
    return EmbeddedPlanner(bench)


class EmbeddedPlanner:
    """Plans kinds of task, and names the tools of those kinds."""

    def __init__(self, bench: Bench) -> None:
        """Plan for the tools of that domain."""
        self._bench = bench

    async def plan(self, request: str) -> ToolPlan:
        """The plan; it holds no steps in words."""
        from hugginggpt.graph.brain.embedded.planner import decide
        from hugginggpt.graph.request import Request

        decision = decide(Request(request))
        return plan_of(
            decision.draft.tasks,
            self._bench,
            tool_of=lambda task: tool_of(task["task"], decision.clause_of(task["id"])),
        )


class ChatPlanner:
    """Asks a chat model, in the way and with the patience of the LLM brain."""

    def __init__(self, context: Context, bench: Bench) -> None:
        """Open the model.

        Raises:
            SettingError: there is no such model, or something that it needs is missing.

        """
        from hugginggpt.graph.brain.llm.chat import Chat
        from hugginggpt.graph.brain.llm.limits import patience_of
        from hugginggpt.graph.brain.llm.manners import Form
        from hugginggpt.graph.brain.llm.models import name_of, open_chat

        brain = context.brain
        if isinstance(brain, str):
            self._chat = Chat(partial(open_chat, brain), brain)
        else:
            self._chat = Chat(lambda: brain, name_of(brain), owns=False)
        self._bench = bench
        self._patience = patience_of(context)
        self._form = Form("plan", "The plan for the request.", _schema(bench))

    async def plan(self, request: str) -> ToolPlan:
        """The plan that the model writes.

        Raises:
            BrainError: it can't be asked, or writes none.

        """
        from hugginggpt.graph.brain.llm.chat import Ledger

        asked = [("system", render(self._bench)), ("human", request)]
        reply = await self._chat.ask(asked, self._patience, Ledger(), form=self._form)
        read = _read(reply.text)
        if read is None:
            raise BrainError(f"{self._chat.name} wrote no plan, only this: {reply.text[:200]!r}")
        return plan_of(read.tasks, self._bench, steps=read.steps)


def render(bench: Bench) -> str:
    """The system prompt: the tools of the domain, and the form of the answer."""
    args, values = _TYPED if bench.is_typed else _NAMED
    lines = "\n".join(f"- {_line(tool)}" for tool in bench.tools)
    return PROMPT.format(tools=lines, args=args, values=values)


def _line(tool: Tool) -> str:
    if tool.parameters:
        parameters = "; ".join(f"{each.name}: {each.desc}" for each in tool.parameters)
        return f"{tool.id} ({parameters}): {tool.desc}"
    return f"{tool.id} ({', '.join(tool.inputs)} -> {', '.join(tool.outputs)}): {tool.desc}"


def _schema(bench: Bench) -> Mapping[str, Any]:
    task = {
        "type": "object",
        "properties": {
            "task": {"type": "string", "enum": [tool.id for tool in bench.tools]},
            "id": {"type": "integer"},
            "dep": {"type": "array", "items": {"type": "integer"}},
            "args": {"type": "object"},
        },
        "required": ["task", "id", "dep", "args"],
    }
    steps = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "properties": {"steps": steps, "tasks": {"type": "array", "items": task}},
        "required": ["steps", "tasks"],
    }


class _Written(NamedTuple):
    """What a model wrote."""

    tasks: list[Any]
    steps: list[str]


def _read(text: str) -> _Written | None:
    """The tasks and steps in the text; None where it holds no JSON of that shape."""
    from hugginggpt.graph.brain.llm.replies import Rows, read_json

    rows = Rows("tasks", "task")
    values = read_json(text, rows.fit).values
    if not values:
        return None
    told = next((value for value in values if isinstance(value, dict) and "steps" in value), {})
    steps: Sequence[Any] = told["steps"] if isinstance(told.get("steps"), list) else []
    return _Written(rows.gather(values), [str(step) for step in steps])
