"""The wiring: which node follows which. Exports `build_graph` and `graph`."""

from collections.abc import Sequence

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.store.base import BaseStore

from hugginggpt.graph.approval import approve_plan
from hugginggpt.graph.brain import Brain
from hugginggpt.graph.clarification import clarify_plan
from hugginggpt.graph.context import Context
from hugginggpt.graph.execution import collect_results, execute_task
from hugginggpt.graph.planning import plan_tasks
from hugginggpt.graph.records import Cache
from hugginggpt.graph.replanning import replan
from hugginggpt.graph.response import respond
from hugginggpt.graph.resuming import ResumableGraph
from hugginggpt.graph.routing import Routes
from hugginggpt.graph.run import Node, Parts
from hugginggpt.graph.selection import select_models
from hugginggpt.graph.state import InputState, OutputState, State
from hugginggpt.tools.endpoints import Endpoint

Graph = ResumableGraph


def build_graph(
    checkpointer: BaseCheckpointSaver[str] | None = None,
    store: BaseStore | None = None,
    *,
    brain: Brain | None = None,
    endpoints: Sequence[Endpoint] | None = None,
    cache: Cache | None = None,
) -> Graph:
    """The compiled graph: plan, [clarify], select, [approve], execute <-> collect, respond.

    `clarify` asks which of two plans is meant, where the brain is not sure and the settings want
    it. Models are chosen before the user is asked to approve, since a plan can't be approved
    without its cost. `replan` makes another plan where the user refuses the first with a reason,
    and once where a task has failed that others needed.

    `brain` and `endpoints` are live objects to use instead of those that the settings name.
    `cache` keeps the records of finished tasks (any cache of LangGraph's; `ResultCache` is one in
    a file), by which a run that goes on after its process has died does nothing twice. Without
    one, runs that are given a `thread_id` keep theirs in their workspace.

    Running tasks end with their run: a pause set around `execute` or `collect` (such as
    `interrupt_before=["collect"]`) cancels them, and they start again after it. Pause at
    `select`, `approve` or `respond` instead; before the first two with `stream_plan=False`, or
    with `approve="plan"`: tasks may else have started while the plan was still being written.
    Where `approve="cost"` asks, the run pauses too: tasks that cost nothing and have started
    start again after it.
    """
    parts = Parts(brain, endpoints, cache)
    routes = Routes(parts.jobs)
    builder = StateGraph(
        State, context_schema=Context, input_schema=InputState, output_schema=OutputState
    )
    builder.add_node("plan", Node(plan_tasks, parts))
    builder.add_node("clarify", Node(clarify_plan, parts))
    builder.add_node("select", Node(select_models, parts))
    builder.add_node("approve", Node(approve_plan, parts))
    builder.add_node("execute", Node(execute_task, parts))
    builder.add_node("collect", Node(collect_results, parts))
    builder.add_node("replan", Node(replan, parts))
    builder.add_node("respond", Node(respond, parts))

    running = ["execute", "collect", "respond"]
    builder.add_edge(START, "plan")
    builder.add_conditional_edges("plan", routes.after_plan)
    builder.add_conditional_edges("clarify", routes.after_clarify)
    builder.add_edge("select", "approve")
    asked = ["approve", "select", "replan", *running]
    builder.add_conditional_edges("approve", routes.after_approve, asked)
    builder.add_edge("execute", "collect")
    builder.add_conditional_edges("collect", routes.after_collect, ["replan", *running])
    builder.add_conditional_edges("replan", routes.after_replan)
    builder.add_edge("respond", END)

    compiled = builder.compile(checkpointer=checkpointer, store=store, name="hugginggpt")
    return ResumableGraph(**vars(compiled)).with_config(callbacks=[parts.jobs])


graph = build_graph()
"""The graph with default parts, for langgraph.json."""
