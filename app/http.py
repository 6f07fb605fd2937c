"""Routes that `langgraph dev` serves beside the graph: produced files, and the API of JARVIS.

Named in langgraph.json as `http.app`. Starlette comes with `langgraph-cli[inmem]`.
"""

import mimetypes
from pathlib import Path

import anyio.to_thread
import filetype
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from hugginggpt.app.jarvis import Stage, reply
from hugginggpt.graph.context import Context
from hugginggpt.tools.errors import HuggingGPTError, InputError, SettingError

_SHOWN = ("image/", "audio/", "video/", "text/plain")
"""Types that a browser opens in place; all others, which could hold scripts, it only saves."""
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


async def get_file(request: Request) -> Response:
    """A file of the workspace, such as a picture or a recording that a task has made.

    ---
    summary: A file that a task made
    description: Pictures, recordings, clips and plain texts open in place; others are downloads.
    responses: {"200": {description: The file}, "404": {description: No such file}}
    """
    name = request.path_params["name"]
    path = await anyio.to_thread.run_sync(_find, name)
    if path is None:
        raise HTTPException(404, f"there is no file {name!r} in the workspace")
    mime = await anyio.to_thread.run_sync(_mime, path)
    opens = mime.startswith(_SHOWN) and mime != "image/svg+xml"
    disposition = "inline" if opens else "attachment"
    return FileResponse(path, 200, _SAFE, mime, None, name, content_disposition_type=disposition)


def _find(name: str) -> Path | None:
    """Where the file is, if it lies in the workspace itself: no link leads out of there."""
    folder = Path(Context().workspace).expanduser().resolve()
    try:
        path = (folder / name).resolve()
        found = path.parent == folder and path.is_file() and not name.startswith(".")
    except (OSError, ValueError):  # too long, or a NUL in it
        return None
    return path if found else None


def _mime(path: Path) -> str:
    return (
        mimetypes.guess_type(path.name)[0]
        or filetype.guess_mime(path)
        or "application/octet-stream"
    )


async def post_hugginggpt(request: Request) -> Response:
    """The answer to the last message, as JARVIS gives it.

    ---
    summary: Answer a conversation (JARVIS, all stages)
    requestBody: {content: {application/json: {example: {messages: [{role: user, content: Hi}]}}}}
    responses: {"200": {description: The answer as `message`}, "400": {description: An `error`}}
    """
    return await _reply(request, "hugginggpt")


async def post_tasks(request: Request) -> Response:
    """The plan for the last message, as JARVIS gives it.

    ---
    summary: Only plan (JARVIS, stage 1)
    requestBody: {content: {application/json: {example: {messages: [{role: user, content: Hi}]}}}}
    responses:
      "200": {description: "List of `task`, `id`, `dep`, `args`; a `message` if there is none"}
      "400": {description: An `error`}
    """
    return await _reply(request, "tasks")


async def post_results(request: Request) -> Response:
    """How the tasks for the last message ended, as JARVIS gives it.

    ---
    summary: Carry out, without an answer (JARVIS, stages 1 to 3)
    requestBody: {content: {application/json: {example: {messages: [{role: user, content: Hi}]}}}}
    responses:
      "200": {description: "By task id: `task`, `choose model result`, `inference result`"}
      "400": {description: An `error`}
    """
    return await _reply(request, "results")


async def _reply(request: Request, stage: Stage) -> Response:
    try:
        return JSONResponse(await reply(await request.body(), stage))
    except HuggingGPTError as error:
        theirs = isinstance(error, InputError) and not isinstance(error, SettingError)
        return JSONResponse({"error": str(error)}, 400 if theirs else 500)


app = Starlette(
    routes=[
        Route("/files/{name}", get_file, methods=["GET"]),
        Route("/hugginggpt", post_hugginggpt, methods=["POST"]),
        Route("/tasks", post_tasks, methods=["POST"]),
        Route("/results", post_results, methods=["POST"]),
    ]
)
