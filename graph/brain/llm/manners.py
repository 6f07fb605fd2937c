"""How a chat model is asked: streamed or not, and for JSON in the best way that it understands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from langchain_core.language_models import BaseChatModel

from hugginggpt.graph.brain.llm.failures import is_refusal


class Form(NamedTuple):
    """The JSON that an answer is to be."""

    name: str
    description: str
    schema: Mapping[str, Any]


class NoStreamError(Exception):
    """The model brought nothing when it was asked to stream."""


@dataclass(frozen=True, slots=True)
class Manners:
    """What a model is thought to understand."""

    form: Literal["schema", "tool", "plain"]
    streams: bool = True
    tells_usage: bool = True

    @classmethod
    def best(cls, model: BaseChatModel) -> "Manners":
        """The best that a model of this class may understand; its server may know less."""
        if _takes_schema(model):
            return cls("schema")
        return cls("tool" if _takes_tools(model) else "plain")

    def plainer(
        self, model: BaseChatModel, error: Exception, form: Form | None
    ) -> "Manners | None":
        """What to try next where `error` says that these are not understood; else None."""
        if isinstance(error, NoStreamError):
            return replace(self, streams=False) if self.streams else None
        if not is_refusal(error):
            return None
        said = str(error).lower()
        if self.tells_usage and "stream_options" in said:
            return replace(self, tells_usage=False)
        if self.streams and "stream" in said:
            return replace(self, streams=False)
        if form is None or self.form == "plain":
            return None
        has_tools = self.form == "schema" and _takes_tools(model)
        return replace(self, form="tool" if has_tools else "plain")

    def options(self, model: BaseChatModel, form: Form | None) -> dict[str, Any]:
        """The arguments of a call that asks in this way."""
        options: dict[str, Any] = {}
        if self.streams and _takes_schema(model):
            options["stream_usage"] = self.tells_usage
        if form is None or self.form == "plain":
            return options
        if self.form == "schema":
            schema = {"name": form.name, "schema": form.schema, "description": form.description}
            return {**options, "response_format": {"type": "json_schema", "json_schema": schema}}
        tool = {"name": form.name, "description": form.description, "parameters": form.schema}
        bound: Any = model.bind_tools(
            [{"type": "function", "function": tool}], tool_choice=form.name
        )
        return {**options, **bound.kwargs}


def _takes_schema(model: BaseChatModel) -> bool:
    """Whether the model speaks OpenAI's protocol, where `response_format` holds a JSON schema."""
    profile = model.profile or {}
    names = {cls.__name__ for cls in type(model).__mro__}
    is_hosted = "ChatHuggingFace" in names and hasattr(model.llm, "async_client")  # type: ignore[attr-defined]
    return ("BaseChatOpenAI" in names or is_hosted) and profile.get(
        "structured_output"
    ) is not False


def _takes_tools(model: BaseChatModel) -> bool:
    profile = model.profile or {}
    is_local = hasattr(getattr(model, "llm", None), "pipeline")
    overrides = type(model).bind_tools is not BaseChatModel.bind_tools
    return overrides and not is_local and profile.get("tool_calling") is not False
