"""`hugginggpt prompts`: what a chat model is asked for a plan, and how long that is."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from hugginggpt.app.inputs import (
    check_files,
    find_offers,
    load_settings,
    read_request,
    read_words,
)
from hugginggpt.app.terminal import err, out, plain, print_json
from hugginggpt.graph.brain import open_brain
from hugginggpt.graph.brain.llm.drafting import ask_of
from hugginggpt.graph.brain.llm.limits import room_of
from hugginggpt.graph.brain.llm.passages import name_passages
from hugginggpt.prompts import planning
from hugginggpt.prompts.tokens import count_tokens
from hugginggpt.tools.kinds import TaskKind


def show_prompts(
    request: str | None, files: Sequence[str], *, everything: bool, as_json: bool
) -> int:
    """Print the prompt of stage plan for a request, or what its parts take.

    Raises:
        InputError: the request, a file or a setting can't be used.

    """
    context = load_settings()
    if everything:
        context = context.model_copy(update={"offer": "all"})
    kinds = find_offers(context, open_brain(context.brain)).kinds()
    if request is None:
        _show_parts(kinds, as_json=as_json)
        return 0
    asked, remarks = read_request(read_words(request), check_files(files), context)
    ask = ask_of(asked, name_passages(asked.text, asked.resources))
    messages = planning.render(kinds, ask, room=room_of(context))
    if as_json:
        print_json([{"role": role, "content": content} for role, content in messages])
    else:
        for role, content in messages:
            out().print(Text(f"--- {role}, about {count_tokens(content):,} tokens", "bold"))
            out().print(Text(plain(content)), soft_wrap=True)
    for remark in remarks:
        err().print(f"• {plain(remark)}", style="dim", soft_wrap=True)
    return 0


def _show_parts(kinds: Sequence[TaskKind], *, as_json: bool) -> None:
    shots = planning.render(kinds, planning.Ask(""), room=10**6)[1:-1]
    parts = {
        "rules": count_tokens(planning.SYSTEM),
        f"{len(kinds)} kinds of tasks": count_tokens(planning.render_kinds(kinds)),
        f"{len(shots) // 2} demonstrations": sum(count_tokens(content) for _, content in shots),
    }
    if as_json:
        print_json({"tokens": parts, "total": sum(parts.values())})
        return
    table = Table("part of the prompt", "about tokens")
    table.columns[1].justify = "right"
    for name, tokens in parts.items():
        table.add_row(name, f"{tokens:,}")
    table.add_row("all", f"{sum(parts.values()):,}", style="bold")
    out().print(table)
