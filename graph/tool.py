"""The whole graph as one tool, for an agent that plans other things itself."""

from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, ToolException
from pydantic import BaseModel, Field

from hugginggpt.graph.build import Graph, build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.errors import HuggingGPTError

_DESCRIPTION = (
    "Does multimodal work with Hugging Face models: reads, describes, makes and changes pictures; "
    "hears and speaks; summarises, translates, classifies, searches and compares texts; answers "
    "from documents and tables. Say all that is wanted in one request, several steps included: "
    "they are planned, and run at the same time where they can. The answer tells results, models "
    "and the paths of files."
)


class Request(BaseModel):
    """What the tool is called with."""

    request: str = Field(description="What is to be done, in plain words, with the files by name.")
    files: list[str] = Field(
        default=[], description="Paths or URLs of the files that the request is about."
    )


class GraphTool(BaseTool):
    """Answers a request with a run of the graph.

    Called with a tool call it returns a ToolMessage: the answer for the model, and as artifact
    the state behind it (`plan`, `selections`, `results`, ...), which is JSON. Below a graph with a
    checkpointer, a plan that is to be approved interrupts that graph. Which of two plans is meant
    is not asked: the answer tells the agent of the other, and it may ask again in other words.
    """

    name: str = "hugging_face"
    description: str = _DESCRIPTION
    args_schema: type[BaseModel] = Request
    response_format: str = "content_and_artifact"  # type: ignore[assignment]
    handle_tool_error: bool = True  # the agent reads what is wrong, and may ask again
    graph: Any
    context: Context

    def _run(
        self, request: str, files: list[str], config: RunnableConfig
    ) -> tuple[str, dict[str, Any]]:
        try:
            state = self.graph.invoke(_given(request, files), config, context=self.context)
        except HuggingGPTError as error:
            raise ToolException(str(error)) from error
        return _told(state)

    async def _arun(
        self, request: str, files: list[str], config: RunnableConfig
    ) -> tuple[str, dict[str, Any]]:
        try:
            state = await self.graph.ainvoke(_given(request, files), config, context=self.context)
        except HuggingGPTError as error:
            raise ToolException(str(error)) from error
        return _told(state)


def graph_tool(graph: Graph | None = None, *, context: Context | None = None) -> GraphTool:
    """One tool that does multimodal work with Hugging Face models, for any agent.

    `graph` is one of `build_graph`; `context` are the settings of its runs. Which files the model
    may name is said by the settings `roots` and `network`.
    """
    unasked = (context or Context()).model_copy(update={"clarify": False})
    return GraphTool(graph=graph or build_graph(), context=unasked)


def _given(request: str, files: list[str]) -> dict[str, Any]:
    return {"messages": [("user", request)], "files": files}


def _told(state: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The answer, and what led to it.

    Raises:
        ToolException: the plan is to be approved, and nobody can be asked.

    """
    if "__interrupt__" in state:
        raise ToolException(
            "the plan is to be approved, and nobody can be asked: give the agent a checkpointer, "
            'or the tool a context with approve="never"'
        )
    artifact = {key: value for key, value in state.items() if key != "messages"}
    return state["messages"][-1].text, artifact
