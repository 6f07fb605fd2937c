"""Conditional edges: where the graph goes next, and which tasks start."""

from collections.abc import Mapping
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.types import Send

from hugginggpt.graph.assignment import named_files
from hugginggpt.graph.jobs import Jobs
from hugginggpt.graph.plan import ready
from hugginggpt.graph.state import State, stuck, unfinished


class Routes:
    """The conditional edges of one graph."""

    def __init__(self, jobs: Jobs) -> None:
        """Remember where the running tasks are known."""
        self._jobs = jobs

    def after_plan(self, state: State) -> Literal["clarify", "select", "respond"]:
        """To the user where they are to say which plan they mean."""
        return "clarify" if state.get("other") else self.after_clarify(state)

    def after_clarify(self, state: State) -> Literal["select", "respond"]:
        """Straight to the answer where there is no task."""
        return "select" if state["plan"] else "respond"

    def after_approve(self, state: State, config: RunnableConfig) -> list[Send] | str:
        """Starts what is accepted; else as the user's word goes, once more to them at a fault."""
        approval = state.get("approval")
        if approval is None or approval["verdict"] == "accepted":
            return self.dispatch(state, config)
        ways = {"edited": "select", "faulty": "approve", "objected": "replan"}
        return ways.get(approval["verdict"], "respond")

    def after_collect(self, state: State, config: RunnableConfig) -> list[Send] | str:
        """Goes on as long as anything can; then to another plan, once, where tasks are stuck."""
        way = self.dispatch(state, config)
        is_stuck = way == "respond" and not state.get("replanned") and stuck(state)
        return "replan" if is_stuck else way

    def after_replan(self, state: State) -> Literal["select", "respond"]:
        """On with another plan, if there is one."""
        return "select" if unfinished(state) else "respond"

    def dispatch(self, state: State, config: RunnableConfig) -> list[Send] | str:
        """Sends every ready task to `execute`, in parallel.

        A Send for each task that became ready; else `collect` while tasks run, else `respond`.

        A task that state says is not finished and that has no job in this process is sent
        (again): that is how a run goes on after the process that ran it has died.
        """
        running = self._jobs.running(config)
        results = state.get("results", {})
        dependencies = {key: task["dependencies"] for key, task in state["plan"].items()}
        sends = [
            Send("execute", _assignment(state["plan"][key], state))
            for key in ready(dependencies, results.keys())
            if key not in running
        ]
        return sends or ("collect" if running else "respond")


def _assignment(task: Mapping[str, Any], state: State) -> dict[str, Any]:
    """The JSON of an `Assignment`: no more of the state than the task needs."""
    results = state.get("results", {})
    paths = {name: file["path"] for name, file in state.get("resources", {}).items()}
    return {
        "task": task,
        "selection": state["selections"][task["id"]],
        "inputs": {key: results[key] for key in task["dependencies"]},
        "given": named_files(task["arguments"].values(), paths),
    }
