"""A chat model run in this process by transformers: `huggingface-local:MODEL`."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from huggingface_hub import snapshot_download
from jinja2 import TemplateError
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    StoppingCriteria,
    StoppingCriteriaList,
    TextStreamer,
)

from hugginggpt.tools.endpoints.local.loading import quietly
from hugginggpt.tools.errors import BrainError, SettingError

_MOST_TOKENS = 2048
"""Longest answer, where the model's generation config sets none; transformers' own 20 hold no plan.
"""
_WANTED = ["*.safetensors", "*.json", "*.jinja", "*.txt", "*.model"]
_UNWANTED = ["*/*", "consolidated*"]
"""Of a repository: the same weights over again, in other forms."""
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}

_loaded: "WeakValueDictionary[Path, LocalChat]" = WeakValueDictionary()
_loading = threading.Lock()


class LocalChat(BaseChatModel):
    """A causal language model. Serves every event loop, and writes one answer at a time.

    Expected: `ChatHuggingFace` over a pipeline does this. In langchain-huggingface 1.2 its async
    methods fail on a pipeline, what its thread raises is lost, after which it waits a minute, and
    a generation that nobody waits for goes on to its end. Stop words are not looked for.
    """

    model_id: str
    network: Any = Field(exclude=True, repr=False)
    tokenizer: Any = Field(exclude=True, repr=False)
    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "huggingface-local"

    def _resolve_model_profile(self) -> ModelProfile | None:
        tokens = self._context()
        return ModelProfile(max_input_tokens=tokens) if tokens else None

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: Any = None,  # noqa: ARG002 - LangChain tells it of the whole
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        chunks: list[ChatGenerationChunk] = []
        self._write(messages, chunks.append, threading.Event())
        return generate_from_stream(iter(chunks))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: Any = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, **kwargs))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: Any = None,  # noqa: ARG002 - LangChain tells it of each chunk
        **kwargs: Any,  # noqa: ARG002
    ) -> AsyncIterator[ChatGenerationChunk]:
        """The pieces, as a thread writes them; it stops at its next token once nobody waits."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Queue[ChatGenerationChunk | Exception | None] = asyncio.Queue()
        over = threading.Event()

        def tell(heard_of: ChatGenerationChunk | Exception | None) -> None:
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                loop.call_soon_threadsafe(heard.put_nowait, heard_of)

        def work() -> None:
            try:
                self._write(messages, tell, over)
            except Exception as error:  # noqa: BLE001 - raised where it is waited for
                tell(error)
            else:
                tell(None)

        threading.Thread(target=work, name="huggingface-local").start()
        try:
            while (piece := await heard.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            over.set()

    def _write(
        self,
        messages: Sequence[BaseMessage],
        tell: Callable[[ChatGenerationChunk], None],
        over: threading.Event,
    ) -> None:
        """Tell of every piece and at last of the end, with the tokens used; give up once over."""
        with self._turn:
            if over.is_set():
                return
            prompt = self._prompt(messages).to(self.network.device)
            asked = prompt["input_ids"].shape[1]
            most = self._most(asked)
            whole = self.network.generate(
                input_ids=prompt["input_ids"],
                attention_mask=prompt["attention_mask"],
                max_new_tokens=most,
                pad_token_id=self._padding(),
                streamer=_Pieces(self.tokenizer, tell),
                stopping_criteria=StoppingCriteriaList([_Over(over)]),
            )
        tell(_end(asked, whole.shape[1] - asked, most))

    def _prompt(self, messages: Sequence[BaseMessage]) -> Any:
        turns = [{"role": _ROLES[each.type], "content": str(each.text)} for each in messages]
        try:
            return self._render(turns)
        except TemplateError:
            if turns[0]["role"] != "system" or len(turns) == 1:
                raise
            return self._render(_without_system(turns))

    def _render(self, turns: Sequence[dict[str, str]]) -> Any:
        return self.tokenizer.apply_chat_template(
            turns,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            enable_thinking=False,  # templates that know it: thoughts take minutes on a CPU
        )

    def _most(self, asked: int) -> int:
        """Tokens that the answer may have.

        Raises:
            BrainError: the prompt leaves no room for one.

        """
        most = int(self.network.generation_config.max_new_tokens or _MOST_TOKENS)
        context = self._context()
        if context and asked >= context:
            raise BrainError(f"the prompt has {asked} tokens, and the model takes {context}")
        return min(most, context - asked) if context else most

    def _context(self) -> int | None:
        """Tokens that a prompt and its answer may have together, where the model has a limit."""
        config = self.network.config.get_text_config()
        tokens = getattr(config, "max_position_embeddings", None)
        return tokens if isinstance(tokens, int) and tokens > 0 else None

    def _padding(self) -> int | None:
        """Never used for a single prompt, but asked for."""
        padding = self.tokenizer.pad_token_id
        told: int | None = self.tokenizer.eos_token_id if padding is None else padding
        return told


class _Pieces(TextStreamer):
    """Tells of text as it is written."""

    def __init__(self, tokenizer: Any, tell: Callable[[ChatGenerationChunk], None]) -> None:
        super().__init__(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._tell = tell

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:  # noqa: ARG002
        """Tell of the next piece."""
        if text:
            self._tell(ChatGenerationChunk(message=AIMessageChunk(content=text)))


class _Over(StoppingCriteria):
    """Stops a generation that nobody waits for any more."""

    def __init__(self, over: threading.Event) -> None:
        self._over = over

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        """Whether it is over, for the whole batch."""
        return self._over.is_set()


def _end(asked: int, written: int, most: int) -> ChatGenerationChunk:
    usage = UsageMetadata(input_tokens=asked, output_tokens=written, total_tokens=asked + written)
    told = {"finish_reason": "length" if written >= most else "stop"}
    message = AIMessageChunk(content="", usage_metadata=usage, response_metadata=told)
    return ChatGenerationChunk(message=message)


def _without_system(turns: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The turns for a template that knows no system role, such as Gemma's: the user says it."""
    system, first, *rest = turns
    return [{**first, "content": f"{system['content']}\n\n{first['content']}"}, *rest]


# --- opening -------------------------------------------------------------------------------------


def open_local(model: str) -> LocalChat:
    """The chat model of a Hub id or a folder; the same one as long as somebody uses it.

    Only safetensors are read, and code in the folder is never run.

    Raises:
        SettingError: there is no such model, or it is none that can chat here.

    """
    with _loading:
        folder = _folder(model)
        chat = _loaded.get(folder)
        if chat is None:
            with quietly():
                chat = _loaded[folder] = _load(folder, model)
    return chat


def _folder(model: str) -> Path:
    """Where the model lies, downloaded first where it is named by its Hub id."""
    path = Path(model).expanduser()
    if path.is_dir():
        return path.resolve()
    if model.startswith((".", "/", "~")) or "\\" in model or model.count("/") > 1:
        raise SettingError(f"there is no folder {str(path)!r} with a model")
    try:
        # transformers asks for each file by itself, and waits over a minute without a network
        return Path(snapshot_download(model, allow_patterns=_WANTED, ignore_patterns=_UNWANTED))
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise SettingError(
            f"there is no folder {model!r}, and the Hub can't be asked for it: {reason}"
        ) from error


def _load(folder: Path, model: str) -> LocalChat:
    if not any(folder.glob("*.safetensors")):
        raise SettingError(
            f"{model!r} holds no safetensors; weights in another form, such as pytorch_model.bin, "
            "may run code and are not read"
        )
    safe: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **safe)
        if not tokenizer.chat_template:
            raise SettingError(
                f"{model!r} has no chat template; take a model that was trained to chat, such as "
                "one named -Instruct"
            )
        network = AutoModelForCausalLM.from_pretrained(
            folder, use_safetensors=True, device_map=_device_map(), **safe
        )
    except ValueError as error:
        if "trust_remote_code" not in str(error):
            raise
        raise SettingError(f"{model!r} needs code of its own, which is never run") from error
    return LocalChat(model_id=model, network=network, tokenizer=tokenizer)


def _device_map() -> str | None:
    """On the accelerator where there is one."""
    import torch

    return "auto" if torch.accelerator.is_available() else None
