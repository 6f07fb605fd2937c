"""The command `hugginggpt`: what can be typed, and how each command ends.

Nothing heavy is imported before a command needs it, so that `--help` comes at once.
"""

import functools
import os
import sys
import threading
from collections.abc import Callable
from typing import Annotated, Any, Literal

import typer
import typer.core

from hugginggpt.app import eval as eval_commands
from hugginggpt.app import stopping, texts
from hugginggpt.app.status import BAD_INPUT, BROKEN, INTERRUPTED
from hugginggpt.tools.errors import HuggingGPTError

app = typer.Typer(
    name="hugginggpt",
    help=texts.HUGGINGGPT,
    epilog=texts.EXAMPLES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Request = Annotated[
    str | None,
    typer.Argument(metavar="REQUEST", help="What is to be done; `-` reads it from stdin."),
]
FileNames = Annotated[
    list[str] | None,
    typer.Option("--file", "-f", metavar="FILE", help="A file or URL to work on; may be repeated."),
]
Brain = Annotated[str | None, typer.Option(metavar="NAME", help="What plans, selects and answers.")]
Endpoints = Annotated[
    str | None,
    typer.Option(metavar="NAMES", help="Where models may run, the preferred one first: a,b."),
]
Out = Annotated[
    str | None, typer.Option(metavar="DIR", help="Folder for the files that are produced.")
]
Approve = Annotated[
    str | None,
    typer.Option(
        metavar="[plan|cost]",
        help="Ask before a plan is carried out: always, or only where it costs something.",
    ),
]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes", "-y", help="Ask nothing: take the likelier of two plans, and carry it out."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Command = Callable[..., int]


def _ends(command: Command) -> Callable[..., None]:
    """`command` with its way to end: an exit status, and never a traceback."""

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        raise typer.Exit(_status(functools.partial(command, **arguments)))

    return run


def _status(call: Callable[[], int]) -> int:
    from hugginggpt.app.terminal import complain, complain_internal

    try:
        return call()
    except HuggingGPTError as error:
        complain(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        raise  # the reader of our output has gone: typer ends the program silently
    except Exception as error:  # noqa: BLE001 - the outermost place: nothing may end in a traceback
        complain_internal(error)
        return BROKEN


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"hugginggpt {version('hugginggpt')}")
        raise typer.Exit


@app.callback()
def _every_command(
    _wants_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log to stderr what goes on.")
    ] = False,
) -> None:
    _quieten(verbose=verbose)


def _quieten(*, verbose: bool) -> None:
    """Log to stderr: what goes on if `verbose`, else warnings, and of other packages errors."""
    import logging
    import warnings

    root = logging.getLogger()
    if verbose:
        from rich.logging import RichHandler

        from hugginggpt.app.terminal import err

        root.addHandler(RichHandler(console=err(), show_path=False))
        root.setLevel(logging.INFO)
        return
    root.setLevel(logging.ERROR)
    logging.getLogger("hugginggpt").setLevel(logging.WARNING)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")


class _AskCommand(typer.core.TyperCommand):
    """Takes `--approve` without a value, which typer has no option for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, after `--approve` alone was made `--approve=plan`."""
        following = [*args[1:], ""]
        told = [
            f"{word}=plan" if word == "--approve" and then not in ("plan", "cost") else word
            for word, then in zip(args, following, strict=True)
        ]
        return super().parse_args(ctx, told)


@app.command("ask", help=texts.ASK, cls=_AskCommand)
@_ends
def _ask(
    request: Request = None,
    files: FileNames = None,
    brain: Brain = None,
    endpoints: Endpoints = None,
    out: Out = None,
    approve: Approve = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    from hugginggpt.app.ask import ask

    return ask(
        request,
        files or (),
        brain=brain,
        endpoints=endpoints,
        folder=out,
        approve=approve,
        yes=yes,
        as_json=as_json,
    )


@app.command("resume", help=texts.RESUME)
@_ends
def _resume(
    thread: Annotated[
        str | None, typer.Argument(metavar="ID", help="The run to go on with; without it, a list.")
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="Go on with the newest run.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Delete the run instead.")] = False,
    brain: Brain = None,
    endpoints: Endpoints = None,
    out: Out = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> int:
    from hugginggpt.app.resume import resume

    return resume(
        thread,
        last=last,
        forget=forget,
        as_json=as_json,
        brain=brain,
        endpoints=endpoints,
        folder=out,
        yes=yes,
    )


@app.command("plan", help=texts.PLAN)
@_ends
def _plan(
    request: Request = None,
    files: FileNames = None,
    batch: Annotated[
        str | None,
        typer.Option(metavar="FILE.jsonl", help="Many requests, one a line; `-` is stdin."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which words led to which task and link.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    from hugginggpt.app.plan import check_batch, plan_batch, plan_one

    if batch is None:
        return plan_one(request, files or (), as_json=as_json, explained=explain)
    check_batch(request, files or (), explained=explain)
    return plan_batch(batch)


@app.command("teach", help=texts.TEACH)
@_ends
def _teach(
    request: Request = None,
    files: FileNames = None,
    plan: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="The right plan; `@FILE` reads it there, `-` on stdin."),
    ] = None,
    reason: Annotated[
        Literal["chat", "unsupported"] | None,
        typer.Option(help="The request needs no task: it is only talk, or nothing can do it."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Keep it also where shipped tests become worse.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="Show what you have taught.")] = False,
    forget: Annotated[
        int | None, typer.Option(metavar="N", help="Delete the lesson of that number.")
    ] = None,
) -> int:
    from hugginggpt.app.teach import check_alone, forget_lesson, list_lessons, teach

    if listing or forget is not None:
        check_alone(listing and forget is not None, request, files, plan, reason)
        return list_lessons() if forget is None else forget_lesson(forget)
    return teach(request, files or (), plan=plan, reason=reason, yes=yes)


@app.command("tasks", help=texts.TASKS)
@_ends
def _tasks(
    kind: Annotated[
        str | None, typer.Argument(metavar="KIND", help="All about one kind of task.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    from hugginggpt.app.tasks import show_tasks

    return show_tasks(kind, as_json=as_json)


@app.command("models", help=texts.MODELS)
@_ends
def _models(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="The kind of task.")],
    request: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Order the models by how well they fit this request."),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the Hub now, however new the list is.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    from hugginggpt.app.models import show_models

    return show_models(kind, request=request, refresh=refresh, as_json=as_json)


@app.command("chat", help=texts.CHAT)
@_ends
def _chat(
    thread: Annotated[
        str | None, typer.Option(metavar="ID", help="The conversation to go on with.")
    ] = None,
    yes: Yes = False,
) -> int:
    from hugginggpt.app.chat import chat

    return chat(thread, yes=yes)


@app.command("doctor", help=texts.DOCTOR)
@_ends
def _doctor(
    call: Annotated[
        bool, typer.Option("--call", help="Ask the chat model one short question; may cost.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    from hugginggpt.app.doctor import examine

    return examine(call=call, as_json=as_json)


@app.command("prompts", help=texts.PROMPTS)
@_ends
def _prompts(
    request: Request = None,
    files: FileNames = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Offer all kinds of tasks, also those nothing can run.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    from hugginggpt.app.prompts import show_prompts

    return show_prompts(request, files or (), everything=everything, as_json=as_json)


@app.command("demo", help=texts.DEMO)
@_ends
def _demo() -> int:
    from hugginggpt.app.demo import show_demo

    return show_demo()


_evals = typer.Typer(help=texts.EVAL, no_args_is_help=True)
app.add_typer(_evals, name="eval")
for _name, _command in eval_commands.COMMANDS.items():
    _evals.command(_name, help=texts.EVALS[_name])(_ends(_command))


def main() -> None:
    """Run the command line and end the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        _write_anything(stream)
    stopping.listen()
    try:
        app()
    except SystemExit as end:
        _leave(stopping.exit_status(end.code))


def _write_anything(stream: Any) -> None:
    """Let names and results with characters that the terminal's encoding lacks be printed."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _leave(code: Any) -> None:
    """End the process, also where a worker is still busy with a task nobody waits for."""
    if (
        stopping.is_stopped()
        or code == INTERRUPTED
        or any(_is_busy(thread) for thread in threading.enumerate())
    ):
        from hugginggpt.tools.artifacts import remove_unfinished

        remove_unfinished()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1 if code else 0)
    sys.exit(code)


def _is_busy(thread: threading.Thread) -> bool:
    if thread.daemon or thread is threading.main_thread():
        return False
    thread.join(timeout=0.1)  # an idle one is about to end
    return thread.is_alive()
