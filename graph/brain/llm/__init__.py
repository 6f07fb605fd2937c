"""The LLM brain: any chat model plans, selects and words the answer, in at most three calls.

Faulty replies, objections of the user and plans that get stuck take one more each.

`prompts` holds the words, `chat` asks, `replies` reads what comes back. Nothing that the model
writes is trusted: a plan is checked, a choice must be a candidate, an answer is searched for
files that no task made.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import anyio.to_thread
from langchain_core.language_models import BaseChatModel

from hugginggpt.graph.brain import Answer, Brief, Choices, Draft
from hugginggpt.graph.brain.composer import compose
from hugginggpt.graph.brain.llm import choosing, drafting
from hugginggpt.graph.brain.llm.answering import outcomes, unsupported
from hugginggpt.graph.brain.llm.chat import Chat, Hear, Ledger
from hugginggpt.graph.brain.llm.choosing import read_selections
from hugginggpt.graph.brain.llm.collected import Reply
from hugginggpt.graph.brain.llm.drafting import ask_of, read_draft
from hugginggpt.graph.brain.llm.endpoint import BrainEndpoint
from hugginggpt.graph.brain.llm.limits import patience_of, room_of
from hugginggpt.graph.brain.llm.manners import Form
from hugginggpt.graph.brain.llm.models import name_of, open_chat
from hugginggpt.graph.brain.llm.passages import Passages, name_passages
from hugginggpt.graph.brain.llm.replies import EntryReader, without_thoughts
from hugginggpt.graph.brain.llm.sight import PICTURE_TOKENS, pictures, sees
from hugginggpt.graph.budget import Budget
from hugginggpt.graph.context import Context
from hugginggpt.graph.plan import Plan
from hugginggpt.graph.request import Request
from hugginggpt.graph.results import Selection, TaskResult
from hugginggpt.prompts import planning, replanning, response, selection
from hugginggpt.prompts.tokens import count_tokens, cut
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.errors import BrainError


class LLMBrain:
    """A `Brain` that asks a chat model."""

    def __init__(self, model: str | BaseChatModel) -> None:
        """Open the model of that name, or take the one that is given.

        Raises:
            SettingError: there is no such model, or something that it needs is missing.

        """
        if isinstance(model, str):
            self.name = model
            self._chat = Chat(partial(open_chat, model), self.name)
        else:
            self.name = name_of(model)
            self._chat = Chat(lambda: model, self.name, owns=False)

    # --- plan -------------------------------------------------------------------------------

    async def plan(self, request: Request, brief: Brief) -> Draft:
        """The model's plan; its entries are told as they are written.

        Raises:
            BrainError: the model can't be asked.

        """
        question = await anyio.to_thread.run_sync(self._planning, request, brief)
        return await self._draft(question, brief)

    async def revise(
        self, request: Request, brief: Brief, draft: Draft, complaints: Sequence[str]
    ) -> Draft | None:
        """The plan that the model writes when it is told what is wrong with its first one.

        Raises:
            BrainError: the model can't be asked.

        """
        written = cut(draft.words, self._room(brief.context) // 4) or "(nothing)"
        said = [("ai", written), ("human", planning.render_faults(complaints))]
        question = await anyio.to_thread.run_sync(self._planning, request, brief, said)
        return await self._draft(question, brief)

    async def replan(
        self, request: Request, plan: Plan, results: Mapping[str, TaskResult], brief: Brief
    ) -> Draft | None:
        """The plan that the model writes for what is left when it is told how far the first went.

        Raises:
            BrainError: the model can't be asked.

        """
        question = await anyio.to_thread.run_sync(self._replanning, request, plan, results, brief)
        return await self._draft(question, brief, "replan")

    def _replanning(
        self, request: Request, plan: Plan, results: Mapping[str, TaskResult], brief: Brief
    ) -> "_Question":
        room = self._room(brief.context) // 4
        written = planning.wire({"tasks": plan.to_wire(), "reply": ""})
        first = 1 + max(int(key) for key in [*plan.tasks, *request.earlier])
        told = replanning.render(outcomes(request, plan, results), first, room=room)
        return self._planning(request, brief, [("ai", cut(written, room)), ("human", told)])

    def _planning(
        self, request: Request, brief: Brief, said: Sequence[planning.Message] = ()
    ) -> "_Question":
        """What asks for a plan, with what was `said` since; finds candidates, reads pictures."""
        kinds = brief.kinds()
        passages = name_passages(request.text, request.resources)
        blocks, room = self._pictures(request, brief.context)
        room -= sum(count_tokens(words) for _, words in said)
        messages = planning.render(kinds, ask_of(request, passages), room=room)
        asked = [*_with_pictures(messages, blocks), *said]
        return _Question(asked, drafting.form_for(kinds), passages)

    async def _draft(self, question: "_Question", brief: Brief, name: str = "plan") -> Draft:
        messages, form, passages = question
        ledger = Ledger(brief.budget)
        reader = EntryReader()

        def listen() -> Hear:
            nonlocal reader
            reader = EntryReader()
            brief.restart()
            return hear

        def hear(piece: str) -> None:
            for entry in reader.feed(piece):
                brief.on_entry(passages.restore(entry))

        reply = await self._ask(name, messages, brief, ledger, form=form, listen=listen)
        draft = await anyio.to_thread.run_sync(read_draft, reply, reader)
        return draft._replace(tasks=passages.restore(draft.tasks), usage=ledger.usage)

    # --- select -----------------------------------------------------------------------------

    async def select(
        self,
        request: Request,
        plan: Plan,
        candidates: Mapping[str, Sequence[Candidate]],
        brief: Brief,
    ) -> Choices:
        """The model's choices. What it gets wrong is asked for once more, then rank decides."""
        ledger = Ledger(brief.budget)
        asked = [task for task in plan.to_wire() if str(task["id"]) in candidates]
        by_kind = {plan.tasks[key].kind: offered for key, offered in candidates.items()}
        room = self._room(brief.context)
        # An eighth is left for a reply that can't be used.
        messages = selection.render(request.text, asked, by_kind, room=room - room // 8)
        chosen: dict[str, Selection] = {}
        faults: dict[str, str] = {}
        reason = ""
        try:
            for _ in range(2):
                reply = await self._ask("select", messages, brief, ledger, form=choosing.FORM)
                read, faults = await anyio.to_thread.run_sync(
                    read_selections, reply.text, candidates
                )
                chosen = {**read, **chosen}
                faults = {key: fault for key, fault in faults.items() if key not in chosen}
                if not faults:
                    break
                messages += [
                    ("ai", cut(reply.text, room // 16) or "(nothing)"),
                    ("human", selection.render_faults(faults.values())),
                ]
        except BrainError as error:
            reason = str(error)
        for key in candidates.keys() - chosen.keys():
            why = reason or faults.get(key, "no model was chosen")
            chosen[key] = Selection(
                chosen=candidates[key][0], reason=f"the top candidate, since {why}"
            )
        return Choices(chosen, ledger.usage)

    # --- respond ----------------------------------------------------------------------------

    async def answer(
        self,
        request: Request,
        plan: Plan,
        results: Mapping[str, TaskResult],
        remarks: Sequence[str],
        brief: Brief,
    ) -> Answer:
        """The model's words, then the steps; the composer's words where the model fails."""
        ledger = Ledger(brief.budget)
        if not any(result.status == "done" for result in results.values()):
            return Answer(compose(request, plan, results, remarks))
        try:
            messages = await anyio.to_thread.run_sync(
                self._responding, request, plan, results, remarks, brief.context
            )
            reply = await self._ask("respond", messages, brief, ledger, aloud=True)
            words = without_thoughts(reply.text).strip()
            if not words:
                raise BrainError(f"{self.name} answered with nothing")
        except BrainError as error:
            noted = [*remarks, f"The answer is worded without the chat model: {error}."]
            text = await anyio.to_thread.run_sync(compose, request, plan, results, noted)
            return Answer(text, ledger.usage)
        cut_off = [f"The answer of {self.name} was cut off."] if reply.is_cut_off else []
        claims = await anyio.to_thread.run_sync(unsupported, words, request, results)
        notes = [*remarks, *cut_off, *claims]
        text = await anyio.to_thread.run_sync(compose, request, plan, results, notes, words)
        return Answer(text, ledger.usage, reply.id, rest=text.removeprefix(words))

    def _responding(
        self,
        request: Request,
        plan: Plan,
        results: Mapping[str, TaskResult],
        remarks: Sequence[str],
        context: Context,
    ) -> list[Any]:
        told = outcomes(request, plan, results)
        blocks, room = self._pictures(request, context)
        messages = response.render(request.text, told, remarks, request.history, room=room)
        return _with_pictures(messages, blocks)

    # --- shared -----------------------------------------------------------------------------

    def endpoint(self, context: Context, budget: Budget | None = None) -> BrainEndpoint:
        """The chat model as a place where text tasks run, and picture tasks where it sees."""
        return BrainEndpoint(
            self._chat,
            patience_of(context),
            budget or Budget(),
            room=self._room(context),
            sees=sees(self._chat.model, context),
        )

    async def check(self, context: Context) -> str:
        """What came of one short question, asked once.

        Raises:
            BrainError: the model can't be asked.

        """
        began, ledger = time.monotonic(), Ledger()
        patience = patience_of(context)._replace(attempts=1)
        messages = [("human", "Answer with the one word: ready")]
        reply = await self._chat.ask(messages, patience, ledger)
        told = " ".join(cut(reply.text, 20).split())
        return f"answered {told!r} in {time.monotonic() - began:.1f} s"

    async def _ask(
        self,
        name: str,
        messages: Sequence[Any],
        brief: Brief,
        ledger: Ledger,
        *,
        form: Form | None = None,
        listen: Callable[[], Hear] | None = None,
        aloud: bool = False,
    ) -> Reply:
        patience = patience_of(brief.context).within(brief.budget.seconds_left)
        try:
            return await self._chat.ask(
                messages, patience, ledger, form=form, listen=listen, aloud=aloud, name=name
            )
        except BrainError as error:
            error.usage = ledger.usage
            raise

    def _room(self, context: Context) -> int:
        """Tokens that a prompt may have."""
        return room_of(context, self._chat.model.profile)

    def _pictures(self, request: Request, context: Context) -> tuple[list[dict[str, Any]], int]:
        """The user's pictures where the model sees, and the tokens that are left beside them."""
        room = self._room(context)
        if not sees(self._chat.model, context):
            return [], room
        blocks = pictures(request.resources, most=room // 2 // PICTURE_TOKENS)
        return blocks, room - PICTURE_TOKENS * len(blocks) // 2


def _with_pictures(
    messages: Sequence[planning.Message], blocks: Sequence[dict[str, Any]]
) -> list[Any]:
    """The messages, the last one with the pictures."""
    if not blocks:
        return list(messages)
    *before, (role, words) = messages
    return [*before, (role, [{"type": "text", "text": words}, *blocks])]


class _Question(NamedTuple):
    """What asks a chat model for a plan."""

    messages: list[Any]
    form: Form
    passages: Passages
