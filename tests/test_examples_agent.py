"""The tools in an agent of LangChain's own, driven by a scripted chat model."""

import asyncio

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, ToolMessage
from parts import ScriptedEndpoint, ScriptedModel, obey

from hugginggpt import hf_tools
from hugginggpt.examples import example
from hugginggpt.examples.agent import ask


def call(kind, number=0, **arguments):
    return {"type": "tool_call", "id": f"call-{number}", "name": kind, "args": arguments}


def messages_of(agent):
    state = agent.invoke({"messages": [("user", "do it")]})
    return [m for m in state["messages"] if isinstance(m, ToolMessage)]


def test_example_reads_a_receipt_and_judges_a_review(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    calls = [
        call("image-to-text", 0, image=str(example("receipt.png"))),
        call("text-classification", 1, text=str(example("review-1.txt"))),
    ]
    model = ScriptedModel.of(
        AIMessage("", tool_calls=calls), AIMessage("Tea and bread; a happy one.")
    )
    receipt, review, answer = ask(model)
    assert "TOTAL" in receipt.upper()
    assert "POSITIVE" in review.upper()
    assert answer == "Tea and bread; a happy one."


def agent_of(kind, *, behave=obey, **arguments):
    tools = hf_tools(kind, endpoints=ScriptedEndpoint(behave))
    model = ScriptedModel.of(
        AIMessage("", tool_calls=[call(kind, **arguments)]), AIMessage("Done.")
    )
    return create_agent(model, tools)


def test_content_is_for_the_model_and_the_artifact_for_the_program():
    (message,) = messages_of(agent_of("translation", text="bonjour"))
    assert message.content == "bonjour"
    assert message.artifact[0].text == "bonjour"


async def test_agent_that_runs_async():
    agent = agent_of("translation", text="bonjour")
    state = await asyncio.wait_for(agent.ainvoke({"messages": [("user", "do it")]}), 20)
    assert state["messages"][-1].text == "Done."


@pytest.mark.parametrize("text", ["missing/page.txt"])
def test_error_reaches_the_model_as_a_message(text):
    tools = hf_tools("translation", endpoints=ScriptedEndpoint(obey))
    tools[0].handle_tool_error = True
    calls = [call("translation", text=text)]
    agent = create_agent(
        ScriptedModel.of(AIMessage("", tool_calls=calls), AIMessage("Sorry.")), tools
    )
    (message,) = messages_of(agent)
    assert message.status == "error"
    assert "missing/page.txt" in message.content
