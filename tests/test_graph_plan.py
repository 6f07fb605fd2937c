"""Plans: which tasks are ready, which are blocked, and the wire form."""

import networkx
from hypothesis import given
from hypothesis import strategies as st

from hugginggpt.graph.draft import parse_plan
from hugginggpt.graph.plan import Plan


@st.composite
def random_plans(draw):
    """A plan of up to 20 tasks and the same DAG in networkx."""
    count = draw(st.integers(0, 20))
    dag = networkx.DiGraph()
    dag.add_nodes_from(range(count))
    for number in range(1, count):
        for needed in draw(st.sets(st.integers(0, number - 1), max_size=3)):
            dag.add_edge(needed, number)
    order = draw(st.permutations(range(count)))
    wire = [
        {"task": "summarization", "id": n, "dep": list(dag.pred[n]), "args": {"text": "x"}}
        for n in order
    ]
    return parse_plan(wire), dag


@given(random_plans())
def test_ready_tasks_are_the_topological_generations(drawn):
    plan, dag = drawn
    finished, waves = set(), []
    while wave := plan.ready(finished):
        waves.append({int(key) for key in wave})
        finished |= set(wave)
    assert waves == [set(generation) for generation in networkx.topological_generations(dag)]


@given(random_plans(), st.data())
def test_blocked_are_the_descendants_of_the_failed(drawn, data):
    plan, dag = drawn
    failed = data.draw(st.sets(st.sampled_from(sorted(dag)))) if len(dag) else set()
    descendants = {d for n in failed for d in networkx.descendants(dag, n)} - failed
    blocked = plan.blocked({str(n): "failed" for n in failed})
    assert {int(key) for key in blocked} == descendants


@given(random_plans())
def test_state_and_back(drawn):
    plan, _ = drawn
    assert Plan.from_state(plan.to_state()).to_wire() == plan.to_wire()


def test_blocked_says_why():
    plan = parse_plan(
        [
            {"task": "image-to-text", "id": 0, "args": {"image": "a.png"}},
            {"task": "summarization", "id": 1, "dep": [0], "args": {}},
            {"task": "text-to-speech", "id": 2, "dep": [1], "args": {}},
        ]
    )
    assert plan.blocked({"0": "failed"}) == {
        "1": "it needs task 0 (image-to-text), which failed",
        "2": "it needs task 1 (summarization), which was skipped",
    }
