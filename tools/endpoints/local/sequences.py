"""From text to text: translation, summaries, tables in words, and writing on."""

from collections.abc import Mapping
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_count, given_text, given_word
from hugginggpt.tools.endpoints.embedded.sentences import split_sentences
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.languages import target_settings
from hugginggpt.tools.endpoints.local.loading import UNLIMITED, load_auto
from hugginggpt.tools.endpoints.local.writing import most_tokens, parts_of, write
from hugginggpt.tools.errors import TaskError

_LONGEST_INPUT = 512
"""Tokens that are read at once, where the model's own settings say nothing."""
_ROUNDS = 3
"""Summaries of summaries that are made of a very long text, at most."""
_MOST_ROWS = 50


def load_sequences(weights: Weights) -> Loaded:
    """An encoder and decoder with its tokenizer.

    Raises:
        TaskError: the model is of another kind.

    """
    return load_auto(weights, auto="AutoModelForSeq2SeqLM")


def load_writer(weights: Weights) -> Loaded:
    """A model that writes on; one with encoder and decoder where that is what it is.

    Raises:
        TaskError: the model can't write.

    """
    is_pair = bool(weights.config.get("is_encoder_decoder"))
    auto = "AutoModelForSeq2SeqLM" if is_pair else "AutoModelForCausalLM"
    return load_auto(weights, auto=auto)


# --- translation ----------------------------------------------------------------------------


def translate(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The text in the other language, paragraph by paragraph, its layout kept.

    Raises:
        TaskError: the model does not know a language, or can't be told one.

    """
    text = given_text(arguments, "text")
    source = given_word(arguments, "source_language")
    target = given_word(arguments, "target_language")
    prefix, settings = target_settings(loaded, source, target)
    lines = text.split("\n")
    translated = [
        " ".join(_written(loaded, line, call, prefix, **settings)) if line.strip() else line
        for line in lines
    ]
    return [Artifact.of_text("\n".join(translated))]


# --- summaries ------------------------------------------------------------------------------


def summarize(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The text in fewer words; a long one part by part, and then the parts together.

    The setting `sentences` says how many sentences there are at most.
    """
    text = given_text(arguments, "text")
    count = given_count(arguments, "sentences", 1, 100)
    prefix = _task_prefix(loaded, "summarization")
    summaries = [text]
    for _ in range(_ROUNDS):
        summaries = _written(loaded, " ".join(summaries), call, prefix)
        if len(summaries) == 1:
            break
    sentences = [sentence.text for sentence in split_sentences(" ".join(summaries))]
    return [Artifact.of_text(" ".join(sentences[:count]) or _nothing(loaded))]


def _task_prefix(loaded: Loaded, task: str) -> str:
    """What T5 and its kin want before the text: their own settings say it."""
    settings = (getattr(loaded.model.config, "task_specific_params", None) or {}).get(task) or {}
    return str(settings.get("prefix") or "")


# --- tables ---------------------------------------------------------------------------------


def describe_table(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The table in words."""
    rows = _linearized(arguments)
    return [Artifact.of_text("\n".join(_written(loaded, " ".join(rows), call)))]


def describe_rows(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """Each row of the table in words, a line a row."""
    rows = _linearized(arguments)
    return [Artifact.of_text("\n".join(" ".join(_written(loaded, row, call)) for row in rows))]


def _linearized(arguments: Mapping[str, Any]) -> list[str]:
    """The rows, each as `column: value | column: value`."""
    from hugginggpt.tools.media import read_table

    table = read_table(arguments["table"]).head(_MOST_ROWS).astype(str)
    return [
        " | ".join(f"{name}: {value}" for name, value in zip(table.columns, row, strict=True))
        for row in table.itertuples(index=False)
    ]


# --- writing on -----------------------------------------------------------------------------


def generate(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """What the model writes: its answer where it was trained to chat, else how the text goes on.

    Raises:
        TaskError: the text leaves no room to write, or nothing was written.

    """
    text = given_text(arguments, "text")
    if loaded.model.config.is_encoder_decoder:
        return [Artifact.of_text("\n".join(_written(loaded, text, call)))]
    tokenizer = loaded.processor
    if tokenizer.chat_template:
        inputs = tokenizer.apply_chat_template(
            [{"role": "user", "content": text}],
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            enable_thinking=False,
        )
    else:
        inputs = _inputs(loaded, text)
    room = int(tokenizer.model_max_length) - inputs["input_ids"].shape[1]
    if room < 1:
        raise TaskError(
            f"the text is too long for {loaded.weights.model}, which reads "
            f"{tokenizer.model_max_length} tokens; shorten it"
        )
    written = write(loaded, inputs, call, max_new_tokens=min(most_tokens(loaded), room))[0]
    return [Artifact.of_text(written or _nothing(loaded))]


# --- shared ---------------------------------------------------------------------------------


def _written(loaded: Loaded, text: str, call: Call, prefix: str = "", **settings: Any) -> list[str]:
    """What the model makes of each part of the text that it can read at once."""
    most = _room(loaded)
    sentences = [sentence.text for sentence in split_sentences(text)]
    parts = parts_of(text, sentences, lambda part: _length(loaded, prefix + part), most)
    written = []
    for number, part in enumerate(parts):
        call.progress(f"part {number + 1} of {len(parts)}", number / len(parts))
        inputs = _inputs(loaded, prefix + part, max_length=most)
        written += write(loaded, inputs, call, **settings)
    if not any(written):
        return [_nothing(loaded)]
    return written


def _room(loaded: Loaded) -> int:
    """Tokens that the model reads at once."""
    most = int(loaded.processor.model_max_length)
    return most if most < UNLIMITED else _LONGEST_INPUT


def _length(loaded: Loaded, text: str) -> int:
    return len(loaded.processor(text, truncation=False, verbose=False)["input_ids"])


def _inputs(loaded: Loaded, text: str, **settings: Any) -> Any:
    """The text as tensors; kinds of tokens are left out, which such models don't take."""
    truncation = {"truncation": True} if settings else {}
    inputs = loaded.processor(
        text, return_tensors="pt", return_token_type_ids=False, **truncation, **settings
    )
    if inputs["input_ids"].shape[1] == 0:
        raise TaskError(f"{loaded.weights.model} knows no word of the text")
    return inputs


def _nothing(loaded: Loaded) -> str:
    """Never comes back: an empty text is no result.

    Raises:
        TaskError: always.

    """
    raise TaskError(f"{loaded.weights.model} wrote nothing; another model may do better")
