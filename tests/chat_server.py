"""A scripted chat server on loopback that speaks OpenAI's protocol; standard library only.

    with ChatServer(lambda call: f"You said {call.user}") as server:
        client = AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0)

Wire form: https://platform.openai.com/docs/api-reference/chat
"""

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import responses
from inspect import isawaitable
from typing import Any, Literal, NamedTuple, Self

PIECE = 4
"""Characters in a piece of a streamed answer, which counts as one token."""

Stage = Literal["plan", "select", "respond", "other"]

OPENINGS: dict[str, Stage] = {
    "plan": "plan",
    "selection": "select",
    "You plan": "plan",
    "You choose": "select",
    "You answer": "respond",
}
"""How forms are named, and how system prompts begin."""


@dataclass(frozen=True)
class Reply:
    """What the server answers to one call, and how badly. Times are in seconds."""

    text: str = ""
    """Content of the message; the message of the error where `status` is not 200."""
    tool: str | None = None
    """Sends `text` as the arguments of a call of this tool instead."""
    finish: str = "stop"
    """Reason for ending; with a tool, "stop" becomes "tool_calls"."""
    status: int = 200
    code: str | None = None
    """Code of the error, e.g. "context_length_exceeded"."""
    headers: Mapping[str, str] = field(default_factory=dict)
    before: float = 0.0
    """Wait before the first byte."""
    per_token: float = 0.0
    """Wait between two pieces; an answer that is not streamed waits as long in all."""
    hang: bool = False
    """Never answers. To hang in the middle of a stream, give a long `per_token`."""
    reset_after: int | None = None
    """Breaks the connection after so many pieces, or half-way where the answer is not streamed.

    At 0 not even the status is sent.
    """
    streams: bool = True
    """Whether a call that asks for a stream gets one."""
    usage: bool = True
    """Whether token counts are told: in the body, or in a last chunk where the call asks for it."""
    raw: bytes | None = None
    """Sent as the whole body, whatever was asked for."""
    content_type: str = "text/html"
    """Of `raw`."""

    @property
    def pieces(self) -> list[str]:
        """The text in pieces."""
        return [self.text[at : at + PIECE] for at in range(0, len(self.text), PIECE)]


@dataclass(eq=False)
class Call:
    """One chat request as it came, and how it ended. Times are those of `time.monotonic`."""

    body: dict[str, Any]
    path: str
    headers: Mapping[str, str]
    """Names are in lower case."""
    at: float
    ended: float | None = None
    left: bool = False
    """Whether the client left before the whole answer was sent."""

    @property
    def streamed(self) -> bool:
        """Whether the call asks for a stream."""
        return bool(self.body.get("stream"))

    @property
    def form(self) -> Literal["schema", "tool", "plain"]:
        """How the call asks for the form of the answer."""
        if (self.body.get("response_format") or {}).get("type") == "json_schema":
            return "schema"
        return "tool" if self.body.get("tools") else "plain"

    @property
    def form_name(self) -> str:
        """Name of the schema or tool; of the first tool where none is demanded by name."""
        if self.form == "plain":
            return ""
        if self.form == "schema":
            return str(self.body["response_format"]["json_schema"]["name"])
        demanded = self.body.get("tool_choice")
        tool = demanded if isinstance(demanded, dict) else self.body["tools"][0]
        return str(tool["function"]["name"])

    @property
    def system(self) -> str:
        """Text of the system messages."""
        return "\n".join(self._texts("system", "developer"))

    @property
    def user(self) -> str:
        """Text of the last user message."""
        return next(reversed(self._texts("user")), "")

    @property
    def images(self) -> list[str]:
        """Addresses, or data URLs, of all images."""
        contents = [message.get("content") for message in self.body["messages"]]
        blocks = [block for blocks in contents if isinstance(blocks, list) for block in blocks]
        return [block["image_url"]["url"] for block in blocks if block["type"] == "image_url"]

    def _texts(self, *roles: str) -> list[str]:
        return [_text(m.get("content")) for m in self.body["messages"] if m["role"] in roles]


def _text(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        return "\n".join(block["text"] for block in content if block["type"] == "text")
    return content or ""


Answer = Callable[[Call], Reply | str | Awaitable[Reply | str]]
Part = Reply | str | Answer
Script = Part | list[Part]


def stage_of(call: Call) -> Stage:
    """The stage of the graph that a call serves, by the form it names, else by its first words."""
    words = call.form_name or call.system.lstrip()
    return next((stage for start, stage in OPENINGS.items() if words.startswith(start)), "other")


def in_turn(script: Script) -> Answer:
    """An answer that goes through a list, whose last part repeats; anything else is one part."""
    parts = list(script) if isinstance(script, list) else [script]

    def answer(call: Call) -> Reply | str | Awaitable[Reply | str]:
        part = parts.pop(0) if len(parts) > 1 else parts[0]
        return part(call) if callable(part) else part

    return answer


def by_stage(**scripts: Script) -> Answer:
    """An answer that follows one script per stage: `plan`, `select`, `respond`, `other`.

    Raises:
        LookupError: when a call serves a stage without a script.
    """
    answers = {stage: in_turn(script) for stage, script in scripts.items()}

    def answer(call: Call) -> Reply | str | Awaitable[Reply | str]:
        stage = stage_of(call)
        if stage not in answers:
            raise LookupError(f"no script for {stage!r}: {call.form_name!r}, {call.system[:60]!r}")
        return answers[stage](call)

    return answer


class ChatServer:
    """Answers each call with a function of it, from one thread, for as long as the `with` lasts.

    The function may be async, say to wait for other calls; it must not block. What it raises is
    answered with status 500, and raised again when the `with` ends.
    """

    def __init__(self, answer: Answer):
        self.answer = answer
        self.calls: list[Call] = []
        """In order of arrival."""
        self.open = 0
        """Calls being answered now."""
        self.peak = 0
        """Most calls that were open at once."""
        self.connections = 0
        """Connections accepted so far."""
        self.errors: list[Exception] = []
        """What the function raised."""

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._links: dict[asyncio.Future[None], asyncio.StreamWriter] = {}
        self._thread = threading.Thread(target=self._run, args=[listener], name="chat-server")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()
        if self.errors and kind is None:
            raise self.errors[0]

    def close(self) -> None:
        """Breaks off what is still open and ends the thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self, listener: socket.socket) -> None:
        self._loop.run_until_complete(self._serve(listener))
        self._loop.close()

    async def _serve(self, listener: socket.socket) -> None:
        server = await asyncio.start_server(self._accept, sock=listener, backlog=1024)
        await self._stop.wait()
        for writer in self._links.values():
            writer.transport.abort()
        while rest := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(rest)
        server.close()  # only now, since asyncio complains of connections it is just accepting
        await asyncio.sleep(0)  # connections broken off just now are closed in the next round

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stop.is_set():
            writer.transport.abort()
            return
        self.connections += 1
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.ensure_future(self._connect(reader, writer))
        self._links[task] = writer
        task.add_done_callback(self._links.pop)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._requests(reader, writer)
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one request after another; reading on meanwhile tells when the client leaves."""
        first = asyncio.ensure_future(_first_byte(reader))
        while byte := await first:
            request = await _Request.read(byte, reader)
            first = asyncio.ensure_future(_first_byte(reader))
            answering = asyncio.ensure_future(self._respond(request, writer))
            await asyncio.wait({first, answering}, return_when=asyncio.FIRST_COMPLETED)
            if first.done() and not first.result():
                answering.cancel()
            await asyncio.wait({answering})
            if answering.cancelled() or not answering.result():
                return

    async def _respond(self, request: "_Request", writer: asyncio.StreamWriter) -> bool:
        """Answers one request; tells whether the connection goes on."""
        wire = _Wire(writer, request.headers.get("connection", "").lower() != "close")
        path = request.path.partition("?")[0]
        if request.method == "POST" and path.endswith("/chat/completions"):
            arrived = time.monotonic()
            await self._chat(Call(json.loads(request.body), path, request.headers, arrived), wire)
        elif request.method == "GET" and path.endswith("/models"):
            model = {"id": "scripted", "object": "model", "created": 0, "owned_by": "tests"}
            await wire.whole(200, {}, _json({"object": "list", "data": [model]}))
        else:
            missing = Reply(f"nothing at {request.method} {path}", status=404)
            await wire.whole(404, {}, _json(_error(missing)))
        return wire.goes_on

    async def _chat(self, call: Call, wire: "_Wire") -> None:
        self.calls.append(call)
        name = f"chatcmpl-{len(self.calls)}"
        self.open += 1
        self.peak = max(self.peak, self.open)
        try:
            await _send(call, await self._reply(call), name, wire)
        except (asyncio.CancelledError, ConnectionError):
            call.left = not self._stop.is_set()
            raise
        finally:
            self.open -= 1
            call.ended = time.monotonic()

    async def _reply(self, call: Call) -> Reply:
        try:
            told = self.answer(call)
            reply = await told if isawaitable(told) else told
        except Exception as error:  # noqa: BLE001 - raised again when the server closes
            self.errors.append(error)
            return Reply(repr(error), status=500)
        return Reply(reply) if isinstance(reply, str) else reply


class _Request(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    async def read(cls, first: bytes, reader: asyncio.StreamReader) -> Self:
        head = first + await reader.readuntil(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").strip().split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        method, path, _ = line.split(" ")
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return cls(method, path, headers, body)


async def _first_byte(reader: asyncio.StreamReader) -> bytes:
    """The first byte of the next request; empty when the client has left."""
    try:
        return await reader.read(1)
    except ConnectionError:
        return b""


@dataclass
class _Wire:
    """Writes one answer in HTTP/1.1."""

    writer: asyncio.StreamWriter
    goes_on: bool

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {responses.get(status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [] if self.goes_on else ["Connection: close"]
        await self.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def whole(
        self, status: int, headers: Mapping[str, str], body: bytes, *, half: bool = False
    ) -> None:
        about = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        await self.head(status, {**about, **headers})
        await self.write(body[: len(body) // 2] if half else body)

    def reset(self) -> None:
        """Breaks the connection, so that the client meets a reset instead of an end."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()
        self.goes_on = False


async def _send(call: Call, reply: Reply, name: str, wire: _Wire) -> None:
    if reply.hang:
        await asyncio.Event().wait()
    await asyncio.sleep(reply.before)
    streams = call.streamed and reply.streams and reply.status == 200 and reply.raw is None
    if reply.reset_after != 0:
        await (_send_stream if streams else _send_whole)(call, reply, name, wire)
    if reply.reset_after is not None:
        wire.reset()


async def _send_whole(call: Call, reply: Reply, name: str, wire: _Wire) -> None:
    await asyncio.sleep(reply.per_token * (len(reply.pieces) - 1))
    body, headers = reply.raw, reply.headers
    if body is None:
        body = _json(_completion(call, reply, name) if reply.status == 200 else _error(reply))
    else:
        headers = {"Content-Type": reply.content_type, **headers}
    await wire.whole(reply.status, headers, body, half=reply.reset_after is not None)


async def _send_stream(call: Call, reply: Reply, name: str, wire: _Wire) -> None:
    about = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
    await wire.head(200, {**about, **reply.headers})
    beats = _beats(call, reply, name)
    if not reply.per_token:
        beats = [b"".join(beats)]
    clock = asyncio.get_running_loop().time
    started = clock()
    for number, events in enumerate(beats):
        await asyncio.sleep(started + number * reply.per_token - clock())
        await wire.write(events)


def _beats(call: Call, reply: Reply, name: str) -> list[bytes]:
    """What a stream brings at a time: a piece, with the opening at first and the end at last."""
    head = _head(call, "chat.completion.chunk", name)

    def choice(delta: object, finish: str | None = None) -> bytes:
        change = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event(_json({**head, "choices": [change]}))

    beats = [choice(_delta(reply, piece)) for piece in reply.pieces[: reply.reset_after]] or [b""]
    beats[0] = choice(_message(reply, name, "", index=0)) + beats[0]
    if reply.reset_after is not None:
        return beats
    beats[-1] += choice({}, _finish(reply))
    if reply.usage and (call.body.get("stream_options") or {}).get("include_usage"):
        beats[-1] += _event(_json({**head, "choices": [], "usage": _usage(call, reply)}))
    beats[-1] += _event(b"[DONE]") + b"0\r\n\r\n"
    return beats


def _event(data: bytes) -> bytes:
    """One server-sent event, as one HTTP chunk."""
    event = b"data: %b\n\n" % data
    return b"%x\r\n%b\r\n" % (len(event), event)


def _completion(call: Call, reply: Reply, name: str) -> dict[str, Any]:
    message = _message(reply, name, reply.text)
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    usage = {"usage": _usage(call, reply)} if reply.usage else {}
    return {**_head(call, "chat.completion", name), "choices": [choice], **usage}


def _head(call: Call, kind: str, name: str) -> dict[str, Any]:
    model = call.body.get("model", "scripted")
    return {"id": name, "object": kind, "created": int(time.time()), "model": model}


def _message(reply: Reply, name: str, text: str, **index: int) -> dict[str, Any]:
    if reply.tool is None:
        return {"role": "assistant", "content": text}
    function = {"name": reply.tool, "arguments": text}
    call = {**index, "id": f"call-{name}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _delta(reply: Reply, piece: str) -> dict[str, Any]:
    if reply.tool is None:
        return {"content": piece}
    return {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.tool is not None and reply.finish == "stop" else reply.finish


def _usage(call: Call, reply: Reply) -> dict[str, int]:
    """Token counts, at a piece a token; of the request only the text of its messages counts."""
    texts = [_text(message.get("content")) for message in call.body["messages"]]
    asked, told = sum(-(-len(text) // PIECE) for text in texts), len(reply.pieces)
    return {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}


def _error(reply: Reply) -> dict[str, Any]:
    kind = "server_error" if reply.status >= 500 else "invalid_request_error"
    return {"error": {"message": reply.text, "type": kind, "code": reply.code}}


def _json(content: object) -> bytes:
    return json.dumps(content).encode()
