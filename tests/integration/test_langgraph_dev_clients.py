"""Other clients of a real `langgraph dev`: RemoteGraph, MCP, and the routes beside the graph."""

import httpx
import pytest
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph.types import Command
from langgraph_sdk import get_client
from mcp import Client

MOOD = "Is this review good or bad: 'I loved it, wonderful'?"
ALOUD = "Read this aloud: good morning"


def given(words):
    return {"messages": [{"role": "user", "content": words}]}


# --- RemoteGraph ------------------------------------------------------------------------------


@pytest.fixture
async def remote(url):
    async with get_client(url=url) as client:
        yield RemoteGraph("hugginggpt", client=client)


async def test_remote_answers(remote):
    state = await remote.ainvoke(given(MOOD))
    assert state["results"]["0"]["artifacts"][0]["data"][0]["label"] == "positive"


async def test_remote_streams(remote):
    modes = ["updates", "custom"]
    parts = [part async for part in remote.astream(given(MOOD), stream_mode=modes)]
    assert [chunk["event"] for mode, chunk, _ in parts if mode == "custom"] == ["started", "done"]
    nodes = [next(iter(chunk)) for mode, chunk, _ in parts if mode == "updates"]
    assert nodes[0] == "plan"
    assert nodes[-1] == "respond"


async def test_remote_draws(remote):
    assert "collect" in (await remote.aget_graph()).nodes


async def test_remote_is_a_node_of_another_graph(remote):
    builder = StateGraph(MessagesState)
    builder.add_node("multimodal", remote)
    builder.add_edge(START, "multimodal")
    state = await builder.compile().ainvoke(given(MOOD))
    assert "positive" in state["messages"][-1].text


async def test_remote_interrupts_and_goes_on(remote, client):
    config = {"configurable": {"thread_id": client.threads.create()["thread_id"]}}
    context = {"approve": "plan"}
    await remote.ainvoke(given(MOOD), config, context=context)
    state = await remote.aget_state(config)
    assert state.tasks[0].interrupts[0].value["plan"][0]["task"] == "text-classification"
    final = await remote.ainvoke(Command(resume=True), config, context=context)
    assert final["results"]["0"]["status"] == "done"


async def test_remote_has_a_past(remote, client):
    config = {"configurable": {"thread_id": client.threads.create()["thread_id"]}}
    await remote.ainvoke(given(MOOD), config)
    past = [state async for state in remote.aget_state_history(config)]
    assert [state.next for state in past][:3] == [(), ("respond",), ("collect",)]


# --- MCP --------------------------------------------------------------------------------------


async def call_tool(url, words):
    async with Client(f"{url}/mcp") as mcp:
        return await mcp.call_tool("hugginggpt", {"messages": words})


async def test_mcp_tool_says_what_it_does_and_takes_little(url):
    async with Client(f"{url}/mcp") as mcp:
        (tool,) = (await mcp.list_tools()).tools
    assert tool.name == "hugginggpt"
    assert "multimodal work with Hugging Face models" in tool.description
    assert tool.input_schema["required"] == ["messages"]
    assert {n: f["type"] for n, f in tool.input_schema["properties"].items()} == {
        "messages": "string",
        "files": "array",
    }


async def test_mcp_tool_answers_in_words_with_links(url):
    result = await call_tool(url, ALOUD)
    (said,) = result.content
    assert not result.is_error
    assert f"]({url}/files/speech-" in said.text
    assert "base64" not in said.text


async def test_mcp_tool_says_that_it_failed(url):
    assert (await call_tool(url, " ")).is_error


# --- routes -----------------------------------------------------------------------------------


def post(url, path, words, **more):
    messages = given(words)["messages"]
    return httpx.post(f"{url}{path}", json={"messages": messages, **more}, timeout=60).json()


def test_jarvis_plans(url):
    (task,) = post(url, "/tasks", MOOD)
    assert task["task"] == "text-classification"


def test_jarvis_carries_out(url):
    result = post(url, "/results", ALOUD)["0"]["inference result"]
    assert httpx.get(f"{url}{result['generated audio']}").content.startswith(b"RIFF")


def test_jarvis_answers(url):
    assert "](/files/speech-" in post(url, "/hugginggpt", ALOUD)["message"]


def test_jarvis_refuses(url):
    assert "messages: Field required" in httpx.post(f"{url}/tasks", json={}).json()["error"]


def test_routes_are_in_the_docs(url):
    paths = httpx.get(f"{url}/openapi.json").json()["paths"]
    routes = {"/files/{name}": "get", "/hugginggpt": "post", "/tasks": "post", "/results": "post"}
    assert all(paths[path][method]["summary"] for path, method in routes.items())


def test_file_that_does_not_exist(url):
    reply = httpx.get(f"{url}/files/gone.png")
    assert (reply.status_code, reply.json()) == (
        404,
        {"detail": "there is no file 'gone.png' in the workspace"},
    )
