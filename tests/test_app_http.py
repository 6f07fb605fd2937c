"""Routes beside the graph: produced files, and the API of JARVIS."""

import httpx
import pytest
from doubts import doubtful

from hugginggpt.app.http import app

MOOD = "Is this review good or bad: 'I loved it'?"
ALOUD = "Read this aloud: good morning"


@pytest.fixture
async def client():
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        yield client


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "hugginggpt-files"
    folder.mkdir()
    return folder


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mime", "disposition"),
    [
        ("a.png", "image/png", "inline"),
        ("a b.wav", "audio/", "inline"),
        ("a.txt", "text/plain", "inline"),
        ("a.html", "text/html", "attachment"),
        ("a.svg", "image/svg+xml", "attachment"),
        ("a.npy", "application/octet-stream", "attachment"),
    ],
)
async def test_file_has_its_type_and_can_not_run_scripts(
    client, workspace, name, mime, disposition
):
    (workspace / name).write_bytes(b"content")
    reply = await client.get(f"/files/{name}")
    assert reply.content == b"content"
    assert reply.headers["content-type"].startswith(mime)
    assert reply.headers["content-disposition"].startswith(disposition)
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in reply.headers["content-security-policy"]


async def test_part_of_a_file(client, workspace):
    (workspace / "a.wav").write_bytes(b"0123456789")
    reply = await client.get("/files/a.wav", headers={"range": "bytes=2-4"})
    assert (reply.status_code, reply.content) == (206, b"234")


@pytest.mark.parametrize(
    "name",
    ["gone.png", "..%2Fsecret.txt", "..", ".hidden", "link.txt", "inner", "inner%2Fa.txt", "a%00b"],
)
async def test_nothing_else_is_served(client, workspace, tmp_path, name):
    (tmp_path / "secret.txt").write_text("secret")
    (workspace / "link.txt").symlink_to(tmp_path / "secret.txt")
    (workspace / ".hidden").write_text("secret")
    (workspace / "inner").mkdir()
    (workspace / "inner" / "a.txt").write_text("secret")
    reply = await client.get(f"/files/{name}")
    assert reply.status_code == 404
    assert "secret" not in reply.text.replace("secret.txt", "")


async def test_no_workspace_yet(client):
    assert (await client.get("/files/a.png")).status_code == 404


# --- JARVIS -----------------------------------------------------------------------------------


async def post(client, path, *words, **more):
    messages = [{"role": "user", "content": each} for each in words]
    reply = await client.post(path, json={"messages": messages, **more})
    return reply.json()


async def test_tasks_are_the_plan(client, tmp_path):
    assert await post(client, "/tasks", ALOUD) == [
        {"task": "text-to-speech", "id": 0, "dep": [-1], "args": {"text": "good morning"}}
    ]
    assert not (tmp_path / "hugginggpt-files").exists()


async def test_results_have_the_parts_that_jarvis_has(client):
    results = await post(client, "/results", MOOD)
    assert results["0"]["task"]["task"] == "text-classification"
    assert results["0"]["choose model result"]["id"] == "vader"
    assert results["0"]["choose model result"]["reason"]
    assert results["0"]["inference result"]["predicted"][0]["label"] == "positive"


async def test_produced_file_is_served_under_its_name(client):
    results = await post(client, "/results", ALOUD)
    address = results["0"]["inference result"]["generated audio"]
    assert (await client.get(address)).content.startswith(b"RIFF")


async def test_failed_task_has_an_error(client, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_ENDPOINTS", "embedded")
    results = await post(client, "/results", "Translate 'good morning' into French")
    assert "no endpoint can run" in results["0"]["inference result"]["error"]["message"]


async def test_answer_is_a_message_with_addresses_of_files(client):
    message = (await post(client, "/hugginggpt", ALOUD))["message"]
    assert "](/files/speech-" in message


async def test_key_of_the_request_is_taken_and_not_used(client):
    reply = await post(client, "/hugginggpt", MOOD, api_key="sk-mine", api_type="openai")
    assert "positive" in reply["message"]


@pytest.mark.parametrize("path", ["/hugginggpt", "/tasks", "/results"])
async def test_no_task_is_answered_with_a_message(client, path):
    assert "no task" in (await post(client, path, "hello"))["message"]


@pytest.mark.parametrize("address", ["/files/{}", "http://server/files/{}"])
async def test_file_of_an_earlier_answer_can_be_used(client, workspace, address):
    (workspace / "made-1.txt").write_text("I loved it, wonderful")
    words = f"Is the review in {address.format('made-1.txt')} good or bad?"
    ((task,), results) = (
        await post(client, "/tasks", words),
        await post(client, "/results", words),
    )
    assert task["args"] == {"text": "made-1.txt"}
    assert results["0"]["inference result"]["predicted"][0]["label"] == "positive"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"{", "Invalid JSON"),
        (b"[]", "body: "),
        (b"{}", "messages: Field required"),
        (b'{"messages": []}', "at least 1 item"),
        (b'{"messages": [{"role": "user"}]}', "messages.0.content: Field required"),
        (b'{"messages": [{"role": "wizard", "content": "a"}]}', "'system', 'user' or 'assistant'"),
        (b'{"messages": [{"role": "assistant", "content": "a"}]}', "the last message is of role"),
        (b'{"messages": [{"role": "user", "content": " "}]}', "the request is empty"),
    ],
)
@pytest.mark.parametrize("path", ["/hugginggpt", "/tasks", "/results"])
async def test_bad_request(client, path, body, complaint):
    reply = await client.post(path, content=body)
    assert reply.status_code == 400
    assert complaint in reply.json()["error"]


async def test_setting_of_the_server_that_does_not_exist(client, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_BRAIN", "nonsense")
    messages = [{"role": "user", "content": MOOD}]
    reply = await client.post("/hugginggpt", json={"messages": messages})
    assert reply.status_code == 500
    assert "there is no brain 'nonsense'" in reply.json()["error"]


async def test_approval_is_not_passed_by(client, monkeypatch):
    monkeypatch.setenv("HUGGINGGPT_APPROVE", "plan")
    assert "HUGGINGGPT_APPROVE=plan" in (await post(client, "/results", MOOD))["error"]
    assert await post(client, "/tasks", MOOD)


@pytest.mark.parametrize("path", ["/hugginggpt", "/tasks", "/results"])
async def test_which_plan_is_meant_is_not_asked(client, monkeypatch, path):
    monkeypatch.setenv("HUGGINGGPT_CLARIFY", "true")
    assert "error" not in await post(client, path, doubtful().request)
