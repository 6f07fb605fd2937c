"""The graph as one tool: content for the model, artifact for the program, interrupts for all."""

import json

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from parts import DoubtfulBrain, ScriptedEndpoint, ScriptedModel, echo, tasks

from hugginggpt import Context, build_graph, graph_tool


def call(number=0, request="do it", **arguments):
    called = {"request": request, **arguments}
    return {"type": "tool_call", "id": f"c{number}", "name": "hugging_face", "args": called}


def agent_of(tool, calls=1, **settings):
    asks = AIMessage("", tool_calls=[call(number) for number in range(calls)])
    model = ScriptedModel.of(asks, AIMessage("That is all."))
    return create_agent(model, [tool], **settings)


ASK = {"messages": [("user", "please")]}


def tool_messages(state):
    return [m for m in state["messages"] if isinstance(m, ToolMessage)]


def test_schema_is_small():
    schema = graph_tool().tool_call_schema.model_json_schema()
    assert schema["properties"].keys() == {"request", "files"}
    assert schema["required"] == ["request"]


def test_answer_is_for_the_model_and_the_state_for_the_program(graph_of):
    message = graph_tool(graph_of(tasks("bonjour"))).invoke(call())
    assert "bonjour" in message.content
    assert message.artifact["results"]["0"]["status"] == "done"
    assert json.loads(json.dumps(message.artifact)) == message.artifact


async def test_agent_calls_it_twice_at_once(graph_of):
    state = await agent_of(graph_tool(graph_of(tasks("bonjour"))), calls=2).ainvoke(ASK)
    assert [m.artifact["results"]["0"]["status"] for m in tool_messages(state)] == ["done"] * 2


def test_bad_request_reaches_the_model_as_a_message(graph_of):
    message = graph_tool(graph_of([])).invoke(call(request="   "))
    assert message.status == "error"
    assert "the request is empty" in message.content


def test_file_outside_the_roots_is_refused(graph_of, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.txt"
    elsewhere.write_text("secret")
    message = graph_tool(graph_of([])).invoke(call(files=[str(elsewhere)]))
    assert "outside the folders that may be read" in message.content


@pytest.mark.parametrize("calls", [1, 2])
def test_plan_is_approved_through_the_checkpointer_of_the_agent(graph_of, calls):
    tool = graph_tool(graph_of(tasks("bonjour")), context=Context(approve="plan"))
    agent = agent_of(tool, calls, checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    asked = agent.invoke(ASK, config)["__interrupt__"]
    assert [i.value["plan"][0]["task"] for i in asked] == ["translation"] * calls
    state = agent.invoke(Command(resume={i.id: True for i in asked}), config)
    assert [m.artifact["results"]["0"]["status"] for m in tool_messages(state)] == ["done"] * calls


def test_plan_that_nobody_can_approve(graph_of):
    tool = graph_tool(graph_of(tasks("bonjour")), context=Context(approve="plan"))
    message = tool.invoke(call())
    assert message.status == "error"
    assert "nobody can be asked" in message.content


def test_which_plan_is_meant_is_not_asked():
    brain = DoubtfulBrain(tasks("one"), tasks("two", "three"))
    graph = build_graph(brain=brain, endpoints=[ScriptedEndpoint(echo)])
    message = graph_tool(graph, context=Context(clarify=True)).invoke(call())
    assert "another would be: translation, translation" in message.content


def test_events_of_its_tasks_reach_the_stream_of_the_agent(graph_of):
    agent = agent_of(graph_tool(graph_of(tasks("bonjour"))))
    stream = agent.stream(ASK, stream_mode="custom", subgraphs=True)
    assert [event["event"] for _, event in stream] == ["started", "done"]
