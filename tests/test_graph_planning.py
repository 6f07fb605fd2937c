"""The request is read, the plan is checked, and what is wrong is told."""

import base64
import io

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from parts import REQUEST, tasks
from PIL import Image

from hugginggpt.graph.context import Context
from hugginggpt.graph.intake import check_words
from hugginggpt.tools.errors import InputError


def png():
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_empty_request(text):
    with pytest.raises(InputError, match="the request is empty"):
        check_words(text)


@pytest.mark.parametrize("text", ["a\0b", "\x89PNG\r\n\x1a\n", "caf\udce9"])
def test_binary_in_the_request(text):
    with pytest.raises(InputError, match="binary data"):
        check_words(text)


async def test_no_message_from_the_user(graph_of):
    with pytest.raises(InputError, match="there is no request"):
        await graph_of([]).ainvoke({"messages": [("ai", "hello")]})


async def test_files_become_resources(graph_of, tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    state = await graph_of([]).ainvoke({**REQUEST, "files": ["a.png"]})
    assert state["resources"]["a.png"]["modality"] == "image"


async def test_files_of_one_name_stay_apart(graph_of, tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.png").write_bytes(png())
    state = await graph_of([]).ainvoke({**REQUEST, "files": ["x/a.png", "y/a.png"]})
    assert set(state["resources"]) == {"a.png", "y/a.png"}


async def test_a_bad_file_is_told_and_costs_nothing_else(graph_of):
    state = await graph_of(tasks("a")).ainvoke({**REQUEST, "files": ["gone.png"]})
    assert state["remarks"] == ["A file could not be used: there is no file 'gone.png'."]
    assert state["results"]["0"]["status"] == "done"


async def test_file_outside_the_roots_is_refused(graph_of, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.png"
    elsewhere.write_bytes(png())
    state = await graph_of([]).ainvoke({**REQUEST, "files": [str(elsewhere)]})
    assert "outside the folders that may be read" in state["remarks"][0]


async def test_root_may_be_the_file_itself(graph_of, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.png"
    elsewhere.write_bytes(png())
    context = Context(roots=(".", str(elsewhere)))
    state = await graph_of([]).ainvoke({**REQUEST, "files": [str(elsewhere)]}, context=context)
    assert list(state["resources"]) == ["a.png"]


async def test_picture_in_the_message_becomes_a_file(graph_of):
    encoded = base64.b64encode(png()).decode()
    block = {"type": "image", "base64": encoded, "mime_type": "image/png"}
    message = HumanMessage(content=[{"type": "text", "text": "what is it?"}, block])
    state = await graph_of([]).ainvoke({"messages": [message]})
    with Image.open(state["resources"]["image-1.png"]["path"]) as picture:
        assert picture.size == (8, 8)


async def test_media_as_openai_writes_them(graph_of):
    encoded = base64.b64encode(png()).decode()
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}}
    file_data = f"data:text/csv;base64,{base64.b64encode(b'a,b').decode()}"
    file = {"type": "file", "file": {"file_data": file_data, "filename": "prices.csv"}}
    message = HumanMessage(content=[{"type": "text", "text": "what is it?"}, picture, file])
    state = await graph_of([]).ainvoke({"messages": [message]})
    assert list(state["resources"]) == ["image-1.png", "prices.csv"]


async def test_broken_picture_in_the_message(graph_of):
    block = {"type": "image", "base64": "%%%", "mime_type": "image/png"}
    message = HumanMessage(content=[{"type": "text", "text": "what is it?"}, block])
    state = await graph_of([]).ainvoke({"messages": [message]})
    assert "not valid base64" in state["remarks"][0]


async def test_message_can_not_point_to_a_file_of_the_machine(graph_of, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.png"
    elsewhere.write_bytes(png())
    block = {"type": "image", "url": str(elsewhere)}
    message = HumanMessage(content=[{"type": "text", "text": "what is it?"}, block])
    state = await graph_of([]).ainvoke({"messages": [message]})
    assert state["resources"] == {}
    assert "is not an http or https address" in state["remarks"][0]


async def test_file_of_this_turn_takes_the_name_of_an_earlier_one(graph_of, tmp_path):
    config = {"configurable": {"thread_id": "t"}}
    graph = graph_of([], checkpointer=InMemorySaver())
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.png").write_bytes(png())
        state = await graph.ainvoke({**REQUEST, "files": [f"{folder}/a.png"]}, config)
    paths = {name: artifact["path"] for name, artifact in state["resources"].items()}
    assert paths["a.png"] == str(tmp_path / "y" / "a.png")
    assert str(tmp_path / "x" / "a.png") in paths


async def test_files_are_complained_of_once(graph_of):
    config = {"configurable": {"thread_id": "t"}}
    graph = graph_of([], checkpointer=InMemorySaver())
    await graph.ainvoke({**REQUEST, "files": ["gone.png"]}, config)
    assert (await graph.ainvoke(REQUEST, config))["remarks"] == []


async def test_plan_that_can_not_be_used_is_told(graph_of):
    state = await graph_of([{"task": "make-coffee", "id": 0}]).ainvoke(REQUEST)
    assert state["plan"] == {}
    assert "there is no task kind 'make-coffee'" in state["messages"][-1].text


async def test_second_turn_may_use_results_of_the_first(graph_of):
    config = {"configurable": {"thread_id": "t"}}
    saver = InMemorySaver()
    await graph_of(tasks("first"), checkpointer=saver).ainvoke(REQUEST, config)
    follow_up = [{"task": "translation", "id": 1, "args": {"text": "again <GENERATED>-0"}}]
    state = await graph_of(follow_up, checkpointer=saver).ainvoke(REQUEST, config)
    assert state["results"]["1"]["artifacts"][0]["text"] == "again first"
