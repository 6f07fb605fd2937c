"""The compiled graph, which can be gone on with however its run was stopped."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import StateSnapshot

from hugginggpt.graph.context import Context
from hugginggpt.graph.state import InputState, OutputState, State


class ResumableGraph(CompiledStateGraph[State, Context, InputState, OutputState]):
    """Goes on with `None` as input, also where a run was cancelled between a node and its edge.

    Expected: a cancelled node runs again. LangGraph (1.2) keeps what such a node had written, and
    takes it for finished; its edge, which had not been asked yet, never is, and the run ends at
    once, without an answer. Here the edge is asked before the run goes on, with all that was
    written: entries of the state are the same when they are written twice.
    """

    def stream(
        self,
        input: Any,  # noqa: A002
        config: RunnableConfig | None = None,
        **options: Any,
    ) -> Iterator[Any]:
        """As every graph streams."""
        if input is None and self._is_kept(config):
            snapshot = self.get_state(config or {})
            if (node := _left_without_edge(snapshot)) is not None:
                self.update_state(config or {}, snapshot.values, as_node=node)
        yield from super().stream(input, config, **options)

    async def astream(
        self,
        input: Any,  # noqa: A002
        config: RunnableConfig | None = None,
        **options: Any,
    ) -> AsyncIterator[Any]:
        """As every graph streams."""
        if input is None and self._is_kept(config):
            snapshot = await self.aget_state(config or {})
            if (node := _left_without_edge(snapshot)) is not None:
                await self.aupdate_state(config or {}, snapshot.values, as_node=node)
        async for chunk in super().astream(input, config, **options):
            yield chunk

    def _is_kept(self, config: RunnableConfig | None) -> bool:
        """Whether there is a thread to go on with, at its end and not at an earlier point."""
        about = (config or {}).get("configurable", {})
        has_saver = isinstance(self.checkpointer, BaseCheckpointSaver)
        return has_saver and "thread_id" in about and "checkpoint_id" not in about


def _left_without_edge(snapshot: StateSnapshot) -> str | None:
    """The node that was cancelled before its edge was asked, where nothing else is to come."""
    if snapshot.next:
        return None
    return next((task.name for task in snapshot.tasks if task.error), None)
