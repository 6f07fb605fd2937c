"""Task kinds as LangChain tools."""

import asyncio

import pytest
from langchain_core.tools import ToolException
from parts import ScriptedEndpoint, echo, obey

from hugginggpt import hf_tools
from hugginggpt.tools.errors import NoEndpointError, SettingError
from hugginggpt.tools.files import Files
from hugginggpt.tools.kinds import KINDS


def tool(behave=echo, kind="translation", **settings):
    return hf_tools([kind], endpoints=[ScriptedEndpoint(behave)], **settings)[0]


def call(text):
    return {"type": "tool_call", "id": "1", "name": "translation", "args": {"text": text}}


def test_content_for_the_model_and_artifact_for_the_program():
    message = tool().invoke(call("hello"))
    assert message.content == "hello"
    assert message.artifact[0].text == "hello"


async def test_async():
    assert (await tool().ainvoke({"text": "hello"})) == "hello"


def test_error_is_a_tool_exception():
    with pytest.raises(ToolException, match="there is no file 'gone.txt'"):
        tool().invoke({"text": "gone.txt"})


def test_text_file_is_read(tmp_path):
    (tmp_path / "page.txt").write_text("some words")
    assert tool().invoke({"text": "page.txt"}) == "some words"


def test_text_file_is_read_after_what_is_said_of_it(tmp_path):
    (tmp_path / "page.txt").write_text("some words")
    assert tool().invoke({"text": "Shorten:\n\npage.txt"}) == "Shorten:\n\nsome words"


async def test_time_out_of_the_endpoint_itself_is_not_ours():
    async def slow_peer(text, candidate):
        raise TimeoutError("the peer did not answer")

    with pytest.raises(TimeoutError, match="the peer did not answer"):
        await tool(slow_peer).ainvoke({"text": "a"})


async def test_given_text_file_without_a_suffix_is_read(tmp_path):
    (tmp_path / "notes").write_text("some words")
    one = tool()
    one.files = Files([tmp_path], {"notes": str(tmp_path / "notes")})
    assert await one.ainvoke({"text": "notes"}) == "some words"


async def test_cancelled_caller_is_cancelled():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await tool(obey).ainvoke({"text": "hang"})


def test_text_at_a_url_is_fetched():
    with pytest.raises(ToolException, match="is at a private address"):
        tool().invoke({"text": "http://127.0.0.1/page.txt"})


def test_one_root_and_one_kind_as_plain_text(tmp_path):
    (tmp_path / "page.txt").write_text("some words")
    one = hf_tools("translation", endpoints=[ScriptedEndpoint(echo)], roots=str(tmp_path))[0]
    assert one.invoke({"text": "page.txt"}) == "some words"
    assert list(map(str, one.files.roots)) == [str(tmp_path), "hugginggpt-files"]


def test_file_outside_the_roots(tmp_path):
    with pytest.raises(ToolException, match="outside the folders"):
        tool(kind="image-to-text").invoke({"image": "/etc/hostname"})


def test_every_kind_has_a_tool():
    assert {t.name for t in hf_tools(endpoints=[ScriptedEndpoint(obey)])} == set(KINDS)


def test_only_kinds_that_can_run_are_offered():
    assert hf_tools(endpoints=[ScriptedEndpoint(obey, models=())]) == []


def test_kind_that_was_asked_for_and_can_not_run():
    with pytest.raises(NoEndpointError, match="no endpoint can run translation here"):
        hf_tools(["translation"], endpoints=[ScriptedEndpoint(obey, models=())])


def test_unknown_kind():
    with pytest.raises(SettingError, match="there is no task kind 'nonsense'"):
        hf_tools(["nonsense"])


def test_unknown_endpoint():
    with pytest.raises(SettingError, match="there is no endpoint 'moon'; known endpoints"):
        hf_tools(["translation"], endpoints=["moon"])
