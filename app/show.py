"""Answers and files on stdout: drawn on a terminal, raw Markdown in a pipe, or JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from hugginggpt.app.session import Outcome
from hugginggpt.app.terminal import err, one_line, out, plain, print_json, words

_MOST_PICTURES = 4
"""Pictures shown in the terminal after one answer."""


def show_answer(outcome: Outcome) -> None:
    """The answer, then the files that were produced."""
    console = out()
    if console.is_terminal:
        from hugginggpt.app.markdown import markdown

        console.print()
        console.print(markdown(plain(outcome.answer)))
    else:
        console.print(words(outcome.answer), soft_wrap=True)
    _show_files(console, outcome.files)


def show_unfinished(outcome: Outcome) -> None:
    """What an interrupted run has done: a line for each finished task, then the files."""
    console = out()
    console.print(Text("Interrupted. Done so far:" if outcome.results else "Interrupted."))
    for key, result in outcome.results.items():
        said = _said(result) if result["status"] == "done" else result["error"]
        line = f"- {key} {result['kind']} {result['status']}: {said}"
        console.print(words(one_line(line, 500)), soft_wrap=not console.is_terminal)
    _show_files(console, outcome.files)


def _said(result: Mapping[str, Any]) -> str:
    from hugginggpt.prompts.wording import in_words
    from hugginggpt.tools.artifacts import Artifact

    return in_words([Artifact.model_validate(a) for a in result["artifacts"]])


def show_usage(outcome: Outcome) -> None:
    """One dim line on stderr about the calls of the chat model, if there were any."""
    usage = outcome.total_usage
    if not usage["calls"]:
        return
    calls = f"{usage['calls']} call{'' if usage['calls'] == 1 else 's'} of the chat model"
    tokens = f"{usage['input_tokens']:,} tokens in, {usage['output_tokens']:,} out"
    told = tokens if usage["input_tokens"] else "tokens not told"
    err().print(f"{calls} · {told}", style="dim", soft_wrap=True)


def _show_files(console: Console, files: Sequence[Mapping[str, Any]]) -> None:
    from hugginggpt.prompts.wording import short_path

    if not files:
        return
    terminal = console.is_terminal
    console.print(Text("\nFiles" if terminal else "\n### Files\n", style="bold"))
    paths = [one_line(short_path(file["path"]), 4096) for file in files]
    width = max(map(cell_len, paths))
    for path, file in zip(paths, files, strict=True):
        measures = _measures(file["metadata"])
        line = Text("  " if terminal else "- ")
        line.append(set_cell_size(path, width) if measures else path, "cyan")
        line.append(f"  {measures}" if measures else "", "dim")
        console.print(line, soft_wrap=True)
    if terminal and console.color_system is not None and not console.no_color:
        _show_pictures(console, files)


def _measures(metadata: Mapping[str, Any]) -> str:
    if isinstance(seconds := metadata.get("seconds"), int | float):
        return f"{seconds:.1f} s"
    if "width" in metadata and "height" in metadata:
        return f"{metadata['width']} x {metadata['height']}"
    return ""


def _show_pictures(console: Console, files: Sequence[Mapping[str, Any]]) -> None:
    from hugginggpt.app.picture import picture

    paths = [Path(file["path"]) for file in files if file["modality"] == "image"]
    for path in paths[:_MOST_PICTURES]:
        if (drawn := picture(path)) is not None:
            console.print()
            console.print(drawn)


def show_json(outcome: Outcome, brain: str) -> None:
    """The whole outcome as one JSON object; `brain` is the name of what has planned."""
    from hugginggpt.graph.plan import Plan

    print_json(
        {
            "brain": brain,
            "answer": outcome.answer,
            "plan": Plan.from_state(outcome.plan).to_wire(),
            "selections": {key: s for key, s in outcome.selections.items() if key in outcome.plan},
            "results": {key: _result(key, outcome) for key in outcome.plan},
            "artifacts": [
                {"modality": a["modality"], "path": a["path"], "mime": a["mime"]}
                for a in outcome.files
            ],
            "usage": outcome.total_usage,
        }
    )


def _result(key: str, outcome: Outcome) -> dict[str, Any]:
    """How one task ended; the output is the text, the data or the path of the main artifact."""
    result = outcome.results.get(key)
    if result is None:
        return {"status": "unfinished", "kind": outcome.plan[key]["kind"]}
    told = {name: result[name] for name in ("status", "kind", "model", "endpoint", "seconds")}
    if result["status"] != "done":
        return told | {"error": result["error"]}
    main = result["artifacts"][0] if result["artifacts"] else {}
    values = (main.get(name) for name in ("text", "data", "path"))
    told["output"] = next((value for value in values if value is not None), None)
    return told | ({"caveat": result["caveat"]} if result["caveat"] else {})
