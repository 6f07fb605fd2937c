"""Each task kind as a LangChain tool: for the graph, and for any other agent."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any

import anyio.to_thread
from langchain_core.messages import ToolCall
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, ToolException
from pydantic import BaseModel, ConfigDict, Field, SkipValidation, create_model

from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.candidates import Candidate, find_candidates
from hugginggpt.tools.endpoints import (
    DEFAULT_SETTINGS,
    ENDPOINTS,
    Call,
    Endpoint,
    EndpointSettings,
    Progress,
    Retried,
    ignore_progress,
    ignore_retry,
    open_endpoint,
)
from hugginggpt.tools.errors import HuggingGPTError, NoEndpointError, SettingError, TaskError
from hugginggpt.tools.fetch import Network
from hugginggpt.tools.files import Files
from hugginggpt.tools.inputs import Inputs
from hugginggpt.tools.kinds import KINDS, Argument, TaskKind, find_kind
from hugginggpt.tools.loops import call_sync
from hugginggpt.tools.secrets import redact_error


class TaskTool(BaseTool):
    """Runs one kind of task on one model.

    Called with a tool call it returns a ToolMessage: content for the model, and as artifact
    the list of `Artifact`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: str
    description: str
    args_schema: type[BaseModel]
    response_format: str = "content_and_artifact"  # type: ignore[assignment]
    kind: Annotated[TaskKind, SkipValidation]
    endpoints: Annotated[Sequence[Endpoint], SkipValidation]
    """Where models may run, the preferred endpoint first."""
    candidate: Candidate | None = None
    """The model to run; None takes the best one that can run here."""
    files: Annotated[Files, SkipValidation]
    workspace: Annotated[Workspace, SkipValidation]
    network: Network = "public"
    timeout: float | None = None
    """Longest run, in seconds, waiting for the endpoint not included; None sets no limit."""
    verbatim: frozenset[str] = frozenset()
    """Arguments that came out of other tasks: their text is content, never the name of a file."""
    progress: Annotated[Progress, SkipValidation] = ignore_progress
    retried: Annotated[Retried, SkipValidation] = ignore_retry
    started: Annotated[Callable[[], None] | None, SkipValidation] = None
    """Called when the endpoint has a place for the task."""

    async def ainvoke(
        self,
        input: str | dict[str, Any] | ToolCall,  # noqa: A002
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Any:
        """What the tool makes of the arguments or of the tool call.

        Raises:
            ToolException: it can't be done; the text says why.

        """
        try:
            return await super().ainvoke(input, config, **kwargs)
        except ToolException as error:
            task = asyncio.current_task()
            if isinstance(error.__cause__, asyncio.CancelledError) and task and task.cancelling():
                raise error.__cause__ from None
            raise

    def _run(self, **arguments: Any) -> tuple[str, list[Artifact]]:
        return call_sync(partial(self._arun, **arguments))

    async def _arun(self, **arguments: Any) -> tuple[str, list[Artifact]]:
        try:
            artifacts = await self._execute(arguments)
        except HuggingGPTError as error:
            redact_error(error)  # and what led to it: tracers keep the whole traceback
            raise ToolException(str(error)) from error
        except (asyncio.CancelledError, SystemExit) as error:
            # langchain-core ends a tool run on Exception only: it would stay open for ever.
            # `ainvoke` cancels again, once the run has ended.
            raise ToolException(f"{self.kind.name} was stopped ({type(error).__name__})") from error
        except Exception as error:
            redact_error(error)
            raise
        if not artifacts:
            raise ToolException(f"{self.kind.name} brought no result")
        return content(artifacts), artifacts

    async def _execute(self, arguments: Mapping[str, Any]) -> list[Artifact]:
        candidate = self.candidate or await self._best_candidate()
        endpoint = next(e for e in self.endpoints if e.name == candidate.endpoint)
        inputs = Inputs(self.files, self.workspace, self.network, self.verbatim)
        resolved = await inputs.resolve(self.kind, arguments)
        call = Call(self.workspace, self.progress, self.retried)
        async with endpoint.slot():
            if self.started is not None:
                self.started()
            return await self._in_time(endpoint.run(candidate, resolved, call))

    async def _in_time(self, run: Awaitable[list[Artifact]]) -> list[Artifact]:
        try:
            async with asyncio.timeout(self.timeout) as limit:
                return await run
        except TimeoutError as error:
            if self.timeout is None or not limit.expired():
                raise  # the endpoint's own, such as that of a connection
            message = f"{self.kind.name} took longer than {self.timeout:g} seconds"
            raise TaskError(message) from error

    async def _best_candidate(self) -> Candidate:
        await asyncio.gather(*(endpoint.refresh([self.kind]) for endpoint in self.endpoints))
        found = await anyio.to_thread.run_sync(find_candidates, self.kind, self.endpoints, 1)
        if not found.candidates:
            raise NoEndpointError(no_endpoint(self.kind, found.refusals))
        return found.candidates[0]


def no_endpoint(kind: TaskKind, refusals: Iterable[str]) -> str:
    """The message that nothing here can run `kind`, and what would change that."""
    return f"no endpoint can run {kind.name} here: {'; '.join(refusals)}"


def content(artifacts: Iterable[Artifact]) -> str:
    """What the artifacts say, for a model to read: texts, data as JSON, paths of files."""
    return "\n".join(
        json.dumps({"file": a.path, "modality": a.modality, **a.metadata}, ensure_ascii=False)
        if a.path
        else a.as_text()
        for a in artifacts
    )


@cache
def arguments_schema(name: str) -> type[BaseModel]:
    """A pydantic model of the arguments of the task kind called `name`."""
    kind = KINDS[name]
    fields: dict[str, Any] = {}
    for argument in kind.arguments:
        one: Any = Any if argument.modality in ("data", "vector") else str
        value = list[one] if argument.many else one
        described = Field(
            default=... if argument.required else None, description=_describe(argument)
        )
        fields[argument.name] = (value if argument.required else value | None, described)
    title = "".join(part.capitalize() for part in kind.name.split("-"))
    return create_model(title, **fields)


def _describe(argument: Argument) -> str:
    form = {"text": "", "data": " (JSON)", "vector": " (list of numbers)"}
    return argument.description + form.get(argument.modality, " (path or URL)")


def task_tool(
    kind: TaskKind,
    endpoints: Sequence[Endpoint],
    *,
    files: Files,
    workspace: Workspace,
    **settings: Any,
) -> TaskTool:
    """The tool of that kind; `settings` are further fields of `TaskTool`."""
    return TaskTool(
        name=kind.name,
        description=kind.description,
        args_schema=arguments_schema(kind.name),
        kind=kind,
        endpoints=endpoints,
        files=files,
        workspace=workspace,
        **settings,
    )


def hf_tools(
    kinds: Iterable[str] | str | None = None,
    *,
    endpoints: Sequence[Endpoint | str] | Endpoint | str | None = None,
    settings: EndpointSettings = DEFAULT_SETTINGS,
    roots: Sequence[str | Path] | str | Path = (".",),
    workspace: str | Path = "hugginggpt-files",
) -> list[TaskTool]:
    """Tools for an agent: the named kinds, or every kind that can run here.

    `endpoints` are where models may run, the preferred one first; `settings` open those that are
    given by name. `roots` are the folders whose files the tools may read, `workspace` is where
    they write.

    Raises:
        SettingError: a kind or an endpoint does not exist.
        TaskError: a kind was asked for that no endpoint can run here.

    """
    several = isinstance(endpoints, Sequence) and not isinstance(endpoints, str)
    given: Any = endpoints if several else [endpoints]
    named = ENDPOINTS if endpoints is None else given
    opened = [open_endpoint(e, settings) if isinstance(e, str) else e for e in named]
    store = Workspace(workspace)
    folders = [roots] if isinstance(roots, str | Path) else roots
    files = Files([*map(Path, folders), store.folder])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    wanted = list(KINDS.values()) if kinds is None else [_known_kind(name) for name in kinds]
    tools = []
    for kind in wanted:
        found = find_candidates(kind, opened, limit=1)
        if found.candidates:
            tools.append(task_tool(kind, opened, files=files, workspace=store))
        elif kinds is not None:
            raise NoEndpointError(no_endpoint(kind, found.refusals))
    return tools


def _known_kind(name: str) -> TaskKind:
    kind = find_kind(name)
    if kind is None:
        raise SettingError(f"there is no task kind {name!r}; `hugginggpt tasks` lists them")
    return kind
