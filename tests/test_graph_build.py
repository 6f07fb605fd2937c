"""The graph as others see it: drawing, schemas, ways of calling, settings."""

import json

import pytest
from parts import REQUEST, tasks

from hugginggpt import Context, build_graph
from hugginggpt.graph.build import graph


def test_drawing_shows_the_design():
    drawn = build_graph().get_graph()
    edges = {(e.source, e.target) for e in drawn.edges}
    assert edges == {
        ("__start__", "plan"),
        ("plan", "clarify"),
        ("plan", "select"),
        ("plan", "respond"),
        ("clarify", "select"),
        ("clarify", "respond"),
        ("select", "approve"),
        ("approve", "approve"),  # an edit that is no valid plan is asked about again
        ("approve", "select"),
        ("approve", "replan"),
        ("approve", "execute"),
        ("approve", "collect"),  # tasks may have started while the plan was written
        ("approve", "respond"),
        ("execute", "collect"),
        ("collect", "execute"),
        ("collect", "collect"),
        ("collect", "replan"),
        ("collect", "respond"),
        ("replan", "select"),
        ("replan", "respond"),
        ("respond", "__end__"),
    }


def test_every_setting_has_a_title_and_a_description():
    fields = graph.get_context_jsonschema()["properties"]
    assert fields
    assert all(field["title"] and field["description"] for field in fields.values())


def test_state_is_json(graph_of):
    state = graph_of(tasks("a", ("b <GENERATED>-0", 0), "fail")).invoke(REQUEST)
    rest = {key: value for key, value in state.items() if key != "messages"}
    assert json.loads(json.dumps(rest)) == rest


def test_stream(graph_of):
    nodes = [next(iter(update)) for update in graph_of(tasks("a")).stream(REQUEST)]
    assert nodes == ["plan", "select", "approve", "execute", "collect", "respond"]


async def test_astream_events(graph_of):
    events = graph_of(tasks("a")).astream_events(REQUEST, version="v2")
    names = [event["name"] async for event in events if event["event"] == "on_tool_end"]
    assert names == ["translation · model-a"]


async def test_context_as_a_dict(graph_of):
    state = await graph_of(tasks("hang")).ainvoke(REQUEST, context={"task_timeout": 0.05})
    assert "took longer" in state["results"]["0"]["error"]


def test_explicit_setting_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_ENDPOINTS", "local, hosted")
    assert Context().endpoints == ("local", "hosted")
    assert Context(endpoints=("embedded",)).endpoints == ("embedded",)


@pytest.mark.parametrize("name", ["build_graph", "graph_tool", "hf_tools", "Context"])
def test_public_names(name):
    import hugginggpt

    assert name in hugginggpt.__all__
    assert getattr(hugginggpt, name)


def test_unknown_public_name():
    import hugginggpt

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        hugginggpt.nothing  # noqa: B018
