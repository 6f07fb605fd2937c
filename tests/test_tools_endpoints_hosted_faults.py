"""What goes wrong between the hosted endpoint and a server, on real connections."""

import asyncio
import os
import re
import socket
import sys
import time
import tracemalloc
from asyncio.subprocess import PIPE
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hosted import TOKEN, Known, ask, candidate, endpoint, hub, picture
from inference_server import InferenceServer, Reply

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call, EndpointSettings
from hugginggpt.tools.endpoints.hosted import HostedEndpoint
from hugginggpt.tools.errors import NoEndpointError, TaskError
from hugginggpt.tools.files import Files
from hugginggpt.tools.kinds import KINDS
from hugginggpt.tools.tool import task_tool

SHORT = Reply([{"summary_text": "hi"}])
HERE = Path(__file__).parent
NOW = {"Retry-After": "0"}


async def summarize(server, folder, **options):
    """Ask a server of one's own for a summary."""
    model = candidate("summarization", f"{server.url}/model", providers=())
    return await ask(None, model, {"text": "hello"}, folder, **options)


async def summarize_on_hub(server, folder, **facts):
    model = candidate("summarization", **facts)
    server.tags[model.model] = "summarization"
    return await ask(server, model, {"text": "hello"}, folder, provider="hf-inference")


async def fault(asking):
    """What the error says that asking ends with."""
    with pytest.raises(TaskError) as caught:
        await asking
    return str(caught.value)


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)


# --- trying again ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(status, tmp_path):
    busy = Reply({"error": "busy"}, status=status, headers=NOW)
    with InferenceServer(busy, busy, SHORT) as server:
        (found,) = await summarize(server, tmp_path)
    assert found.text == "hi"
    assert len(server.posts) == 3


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 422, 501])
async def test_what_will_not_pass_is_not_tried_again(status, tmp_path):
    with InferenceServer(Reply({"error": "never"}, status=status, headers=NOW)) as server:
        said = await fault(summarize(server, tmp_path))
        assert "never" in said
    assert len(server.posts) == 1


async def test_three_attempts_are_all(tmp_path):
    with InferenceServer(Reply({"error": "ill"}, status=500, headers=NOW)) as server:
        assert re.search(
            r"its server failed with status 500 \(ill\)", await fault(summarize(server, tmp_path))
        )
    assert len(server.posts) == 3


async def test_a_broken_connection_is_tried_again(tmp_path):
    with InferenceServer(Reply(reset=True), SHORT) as server:
        (found,) = await summarize(server, tmp_path)
    assert found.text == "hi"


async def test_an_answer_that_breaks_off_is_asked_for_again(tmp_path):
    cut = Reply([{"summary_text": "hi"}], headers={"Content-Length": "1000", "Connection": "close"})
    with InferenceServer(cut, SHORT) as server:
        (found,) = await summarize(server, tmp_path)
    assert found.text == "hi"
    assert len(server.posts) == 2


async def test_a_server_is_given_the_time_that_it_asks_for(tmp_path):
    said = []
    with InferenceServer(Reply(status=429, headers={"Retry-After": "1"}), SHORT) as server:
        start = time.monotonic()
        await summarize(server, tmp_path, progress=lambda doing, share: said.append(doing))
    assert time.monotonic() - start >= 1
    assert f"asking 127.0.0.1:{server.port} again in 1 s" in said


async def test_a_date_to_come_back_at_is_understood(tmp_path):
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    with InferenceServer(Reply(status=503, headers={"Retry-After": past}), SHORT) as server:
        (found,) = await summarize(server, tmp_path)
    assert found.text == "hi"


async def test_a_model_that_loads_is_waited_for_as_long_as_it_says(tmp_path):
    loading = Reply({"error": "Model is loading", "estimated_time": 0.01}, status=503)
    with InferenceServer(loading, SHORT) as server:
        (found,) = await summarize(server, tmp_path)
    assert found.text == "hi"


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": "slow down"}, status=429, headers={"Retry-After": "3600"}),
        Reply({"error": "loading", "estimated_time": 3600}, status=503),
    ],
)
async def test_a_long_wait_is_told_and_not_waited_for(reply, tmp_path):
    with InferenceServer(reply) as server:
        said = await fault(summarize(server, tmp_path))
        assert "try again in 3600 seconds" in said
    assert len(server.posts) == 1


async def test_a_server_that_is_not_there(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        model = candidate(
            "summarization", f"http://127.0.0.1:{unused.getsockname()[1]}", providers=()
        )
        assert re.search(
            "can't be reached .* check the network",
            await fault(ask(None, model, {"text": "hello"}, tmp_path)),
        )


async def test_an_address_that_is_none(tmp_path):
    model = candidate("summarization", "http://[broken", providers=())
    said = await fault(ask(None, model, {"text": "hello"}, tmp_path))
    assert "broken" in said


# --- refusals in words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "the token was refused .* check HF_TOKEN"),
        (403, "permission to call Inference Providers at https://huggingface.co/settings/tokens"),
        (402, "the quota is used up .*https://huggingface.co/settings/billing"),
        (404, "someone/summarization on hf-inference can't do summarization: .* does not serve"),
        (413, "too large"),
        (422, "does not take the request, status 422"),
    ],
)
async def test_a_refusal_says_what_to_do(status, says, token, tmp_path):
    with hub(Reply({"error": {"message": "no"}}, status=status)) as server:
        said = await fault(summarize_on_hub(server, tmp_path))
        assert re.search(says, said)


async def test_a_gated_model_is_told_with_the_way_to_its_terms(token, tmp_path):
    with hub(Reply({"error": "no"}, status=403)) as server:
        assert re.search(
            "terms at https://huggingface.co/someone/summarization",
            await fault(summarize_on_hub(server, tmp_path, gated=True)),
        )


async def test_a_server_that_wants_a_token_is_not_given_one(token, tmp_path):
    with InferenceServer(Reply({"error": "who are you"}, status=401)) as server:
        assert re.search(
            "HF_TOKEN is sent to the Hub's own router and to",
            await fault(summarize(server, tmp_path)),
        )


async def test_a_page_in_place_of_an_answer(tmp_path):
    page = Reply(b"<html><h1>Welcome</h1></html>", content_type="text/html")
    with InferenceServer(page) as server:
        assert re.search(
            r"not what summarization gives .*: text/html, Welcome",
            await fault(summarize(server, tmp_path)),
        )


async def test_json_that_is_broken(tmp_path):
    with InferenceServer(Reply(b'[{"summary', content_type="application/json")) as server:
        said = await fault(summarize(server, tmp_path))
        assert "JSONDecodeError" in said


async def test_a_page_with_an_error(tmp_path):
    page = Reply(b"<h1>Bad <b>Gateway</b></h1>", status=400, content_type="text/html")
    with InferenceServer(page) as server:
        said = await fault(summarize(server, tmp_path))
        assert re.search(r"status 400 \(Bad Gateway\)", said)


async def test_a_model_that_the_hub_gives_another_kind(token, tmp_path):
    model = candidate("summarization", "someone/translator")
    with hub(SHORT, tags={model.model: "translation"}) as server:
        assert re.search(
            r"doesn't support task 'summarization'",
            await fault(ask(server, model, {"text": "hello"}, tmp_path, provider="hf-inference")),
        )
    assert not server.posts


async def test_a_provider_without_the_kind(token, tmp_path):
    model = candidate("summarization", "someone/at-groq", providers=("groq",))
    with hub(SHORT, tags={model.model: "conversational"}, provider="groq") as server:
        assert re.search(
            "'summarization' not supported for provider 'groq'",
            await fault(ask(server, model, {"text": "hello"}, tmp_path)),
        )


async def test_a_hub_that_fails_to_say_who_serves(token, tmp_path):
    model = candidate("summarization", "someone/unknown", providers=("hf-inference",))
    with hub(SHORT) as server:
        server.model_info = lambda name: 1 / 0
        assert re.search(
            "the Hub could not be asked who serves it",
            await fault(ask(server, model, {"text": "hello"}, tmp_path)),
        )


# --- sizes and times ----------------------------------------------------------------------------


async def test_an_answer_that_announces_its_size_is_refused_unread(tmp_path):
    with InferenceServer(Reply(b"x", headers={"Content-Length": "350000000"})) as server:
        assert re.search(
            "350,000,000 bytes or more; at most 300,000,000",
            await fault(summarize(server, tmp_path)),
        )
    assert len(server.posts) == 1


async def test_an_answer_that_does_not_end_is_refused_while_it_comes(tmp_path):
    with InferenceServer(Reply(zeros=400_000_000)) as server:
        tracemalloc.start()
        try:
            assert re.search(
                "at most 300,000,000 are taken", await fault(summarize(server, tmp_path))
            )
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert most < 100_000_000


async def test_an_error_without_an_end_is_cut(tmp_path):
    endless = Reply(zeros=5_000_000, status=400, content_type="text/plain")
    with InferenceServer(endless) as server, pytest.raises(TaskError, match="status 400"):
        await summarize(server, tmp_path)


def tool(server, folder, timeout):
    """The tool of a kind, which has the time limit of a task."""
    model = candidate("summarization", f"{server.url}/model", providers=())
    where = HostedEndpoint(EndpointSettings(), catalogue=Known())
    return task_tool(
        KINDS["summarization"],
        [where],
        files=Files([]),
        workspace=Workspace(folder),
        candidate=model.model_copy(update={"endpoint": "hosted"}),
        timeout=timeout,
    )


async def _hung_up(server):
    """Wait until the server has seen the client go."""
    async with asyncio.timeout(5):
        while not server.posts or server.posts[0].broken_after is None:
            await asyncio.sleep(0.01)


async def test_a_slow_drip_ends_with_the_time_of_the_task(tmp_path):
    with InferenceServer(Reply([{"summary_text": "x" * 1000}], drip=0.05)) as server:
        with pytest.raises(Exception, match=r"took longer than 0\.5 seconds"):
            await tool(server, tmp_path, 0.5).ainvoke({"text": "hello"})
        await _hung_up(server)


async def test_a_task_that_is_cancelled_closes_its_connection(tmp_path):
    with InferenceServer(Reply([], before=60)) as server:
        task = asyncio.create_task(summarize(server, tmp_path))
        while not server.posts:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await _hung_up(server)


async def test_a_task_that_is_cancelled_in_a_pause_does_not_ask_again(tmp_path):
    with InferenceServer(Reply(status=429, headers={"Retry-After": "0.3"})) as server:
        task = asyncio.create_task(summarize(server, tmp_path))
        while not server.posts:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.5)
    assert len(server.posts) == 1


_POLLING = """
import asyncio, os, sys
import huggingface_hub
from hosted import ask, candidate
from inference_server import InferenceServer

async def main():
    server = InferenceServer()
    server.port = int(sys.argv[1])
    huggingface_hub.set_client_factory(server.opens_for_hub)
    model = candidate("text-to-video", providers=("fal-ai",))
    task = asyncio.create_task(ask(server, model, {"prompt": "a"}, "."))
    await asyncio.to_thread(sys.stdin.readline)
    task.cancel()
    await asyncio.wait([task])
    print("cancelled", task.cancelled(), flush=True)

asyncio.run(main())
"""


async def test_a_clip_that_a_provider_never_ends_does_not_keep_the_process(token, tmp_path):
    where = "https://queue.fal.run/jobs/1"
    queued = Reply({"request_id": "1", "status": "IN_QUEUE", "response_url": where})
    tags = {"someone/text-to-video": "text-to-video"}
    with InferenceServer(queued, tags=tags, provider="fal-ai") as server:
        server.files = {"/fal-ai/jobs/1/status": b'{"status": "IN_PROGRESS"}'}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _POLLING, str(server.port)),
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(HERE)},
            stdin=PIPE,
            stdout=PIPE,
        )
        try:
            async with asyncio.timeout(20):
                while not any(get.path.startswith("/fal-ai/jobs") for get in server.gets):
                    await asyncio.sleep(0.05)
                said, _ = await process.communicate(b"stop\n")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert (said, process.returncode) == (b"cancelled True\n", 0)


# --- the token ------------------------------------------------------------------------------------


async def test_a_token_is_not_sent_to_the_address_of_a_model(token, tmp_path):
    with InferenceServer(SHORT) as server:
        await summarize(server, tmp_path)
    assert "authorization" not in server.posts[0].headers


@pytest.mark.parametrize("kind", ["summarization", "text-ranking", "text-generation"])
async def test_a_token_is_not_sent_elsewhere_where_there_is_an_own_server(kind, token, tmp_path):
    given = {"text": "hello", "query": "hello", "texts": ["a"]}
    with InferenceServer(Reply(status=400)) as foreign, InferenceServer(SHORT) as own:
        model = candidate(kind, foreign.url, providers=())
        with pytest.raises(TaskError):
            await ask(None, model, given, tmp_path, inference_base_url=own.url)
    assert not own.posts
    assert foreign.posts
    assert all("authorization" not in post.headers for post in foreign.posts)


async def test_a_token_is_sent_to_the_users_own_server(token, tmp_path):
    with InferenceServer(SHORT) as own:
        await ask(
            None,
            candidate("summarization", providers=()),
            {"text": "hello"},
            tmp_path,
            inference_base_url=f"{own.url}/gateway/{{model}}",
        )
    assert own.posts[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert own.posts[0].path == "/gateway/someone/summarization"


async def test_a_redirect_does_not_take_the_token_along(token, tmp_path):
    with InferenceServer(SHORT) as foreign:
        away = Reply(status=307, headers={"Location": f"{foreign.url}/steal"})
        with InferenceServer(away) as own:
            await ask(
                None,
                candidate("summarization", providers=()),
                {"text": "hello"},
                tmp_path,
                inference_base_url=own.url,
            )
    assert own.posts[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in foreign.posts[0].headers


# --- connections ----------------------------------------------------------------------------------


async def test_a_connection_serves_several_tasks(tmp_path):
    with InferenceServer(SHORT) as server:
        where = endpoint()
        model = candidate("summarization", server.url, providers=())
        for _ in range(3):
            await where.run(model, {"text": "hello"}, Call(Workspace(tmp_path)))
    assert len({post.peer for post in server.posts}) == 1


def test_an_endpoint_serves_one_loop_after_another(tmp_path):
    with InferenceServer(SHORT) as server:
        where = endpoint()
        model = candidate("summarization", server.url, providers=())
        for _ in range(2):
            asyncio.run(where.run(model, {"text": "hello"}, Call(Workspace(tmp_path))))
    assert len(server.posts) == 2
    assert where._connections._by_loop == {}


async def test_the_loop_goes_on_while_a_provider_is_waited_for(token, tmp_path):
    model = candidate("text-to-image", "someone/painter")
    with hub(Reply(picture()), tags={model.model: model.kind}) as server:
        answer = server.model_info
        server.model_info = lambda name: time.sleep(0.4) or answer(name)
        task = asyncio.create_task(
            ask(server, model, {"prompt": "a"}, tmp_path, provider="hf-inference")
        )
        beats = 0
        while not task.done():
            await asyncio.sleep(0.01)
            beats += 1
        await task
    assert beats > 10


async def test_a_model_that_can_not_be_asked_is_not(tmp_path):
    with InferenceServer(SHORT) as server, pytest.raises(NoEndpointError, match="set HF_TOKEN"):
        await ask(server, candidate("summarization"), {"text": "hello"}, tmp_path)
    assert not server.posts
