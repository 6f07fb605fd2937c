"""Settings of a run, typed: given in code, in Studio, or by HUGGINGGPT_* variables."""

import importlib.util
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from hugginggpt.tools.endpoints import ENDPOINTS, EndpointSettings
from hugginggpt.tools.fetch import Network
from hugginggpt.tools.folders import data_folder

_PROVIDERS = (
    ("OPENAI_API_KEY", "langchain_openai", "openai:gpt-5-mini"),
    ("HF_TOKEN", "langchain_huggingface", "huggingface:openai/gpt-oss-20b"),
)
"""Variable with a key, the package that uses it, and the brain that it makes the default."""


def default_brain() -> str:
    """The brain of the provider whose key is in the environment, or else the embedded one."""
    for variable, package, brain in _PROVIDERS:
        if os.environ.get(variable) and importlib.util.find_spec(package) is not None:
            return brain
    return "embedded"


def _check_brain(value: Any) -> Any:
    """A name, or a chat model; anything else is told apart by what it can't do."""
    from langchain_core.language_models import BaseChatModel

    if isinstance(value, str | BaseChatModel):
        return value
    raise ValueError(
        "a brain is a name or a LangChain chat model itself, not one that is wrapped by bind, "
        "with_config, with_fallbacks or the like: give it its settings when you make it"
    )


BrainSetting = Annotated[Any, BeforeValidator(_check_brain), WithJsonSchema({"type": "string"})]


def _default_lessons() -> str:
    return str(data_folder() / "lessons.jsonl")


def _lessons(value: Any) -> Any:
    """The environment has no way to say None."""
    return None if value in ("none", "") else value


def _approval(value: Any) -> Any:
    """A switch that is on asks about every plan."""
    switches = {"true": "plan", "1": "plan", "on": "plan", "false": "never", "0": "never"}
    return switches.get(str(value).lower(), value)


class Context(BaseSettings):
    """Settings of a run: an explicit value goes before the environment, that before the default."""

    model_config = SettingsConfigDict(
        env_prefix="HUGGINGGPT_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    brain: BrainSetting = Field(
        default_factory=default_brain,
        title="Brain",
        description="What plans, selects and answers: `embedded`, which needs no key and no "
        "network, a chat model as `provider:model`, or a LangChain chat model. Where none is "
        "named, the provider whose key is in the environment, else `embedded`.",
    )
    lessons: Annotated[str | None, BeforeValidator(_lessons)] = Field(
        default_factory=_default_lessons,
        title="Lessons",
        description="File with the plans that you have taught the embedded brain (`hugginggpt "
        "teach`); where none is named, that in your data folder; `none`: it goes by none.",
    )
    brain_as_endpoint: Literal["never", "fallback", "always"] = Field(
        default="fallback",
        title="Brain as endpoint",
        description="When the chat model itself may do text tasks, and picture tasks where it "
        "sees: never, where nothing else can, or always as one more candidate.",
    )
    brain_sees: bool | None = Field(
        default=None,
        title="Brain sees",
        description="Whether the chat model is shown the user's pictures; left empty, its own "
        "profile decides.",
    )
    brain_tokens: int | None = Field(
        default=None,
        ge=4000,
        title="Brain tokens",
        description="Tokens that the chat model takes in; left empty, its own profile decides, "
        "else 16,000.",
    )
    brain_timeout: float = Field(
        default=60,
        gt=0,
        title="Brain timeout",
        description="Longest wait for an answer of the chat model to begin, or to go on, in "
        "seconds.",
    )
    brain_total_timeout: float = Field(
        default=150,
        gt=0,
        title="Brain total timeout",
        description="Longest wait for one answer of the chat model, all attempts and pauses "
        "together, in seconds.",
    )
    offer: Literal["runnable", "all"] = Field(
        default="runnable",
        title="Offer",
        description="Kinds of tasks that the chat model may plan: those that can run here, or all.",
    )
    stream_plan: bool = Field(
        default=True,
        title="Stream the plan",
        description="Start tasks while the chat model is still writing the rest of the plan, "
        "where their model needs no choice.",
    )
    selection: Literal["brain", "rank"] = Field(
        default="brain",
        title="Selection",
        description="Who chooses among several models of a task: the brain, or their rank.",
    )
    endpoints: Annotated[tuple[str, ...], NoDecode] = Field(
        default=tuple(ENDPOINTS),
        title="Endpoints",
        description="Where models may run, the preferred one first.",
        json_schema_extra={"items": {"type": "string", "enum": list(ENDPOINTS)}},
    )
    device: str = Field(
        default="auto",
        title="Device",
        description="Where local models are loaded: auto, cpu, cuda, cuda:1, mps.",
    )
    local_size: float = Field(
        default=4,
        gt=0,
        title="Local size",
        description="Largest model that is fetched and loaded here, in GB; larger ones are for "
        "hosted endpoints.",
    )
    local_memory: float | None = Field(
        default=None,
        gt=0,
        title="Local memory",
        description="Memory for all loaded models together, in GB; left empty, most of what is "
        "free.",
    )
    provider: str = Field(
        default="auto",
        title="Provider",
        description="Inference provider of hosted models, such as hf-inference; auto takes the "
        "first that serves a model.",
    )
    inference_base_url: str | None = Field(
        default=None,
        title="Inference base URL",
        description="Your own gateway or Inference Endpoint, which is asked in place of the "
        "providers and is sent HF_TOKEN.",
    )
    hub: bool = Field(
        default=True,
        title="Hub",
        description="Whether the Hugging Face Hub is asked for models; off, only what is on this "
        "machine is used.",
    )
    models: str | None = Field(
        default=None,
        title="Own models",
        description="TOML file with models of your own, which go before others.",
    )
    licences: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        title="Licences",
        description="Licences that models may have, such as apache-2.0 and mit; empty: any.",
    )
    models_allowed: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        title="Models allowed",
        description="Hub models that may run, as ids or patterns such as `google/*`; empty: any.",
    )
    models_denied: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        title="Models denied",
        description="Hub models that may not run, as ids or patterns; goes before those allowed.",
    )
    candidates: int = Field(
        default=5, ge=1, le=50, title="Candidates", description="Models considered for each task."
    )
    task_timeout: float = Field(
        default=300,
        gt=0,
        title="Task timeout",
        description="Longest run of one task on one model, in seconds.",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        le=20,
        title="Attempts",
        description="Most models that are tried for one task, each for at most its timeout.",
    )
    cache: bool = Field(
        default=False,
        title="Cache",
        description="Whether results are taken over from other conversations; within one, no task "
        "is done twice in any case.",
    )
    replan: bool = Field(
        default=True,
        title="Plan anew",
        description="Whether the chat model is asked once for another way, when a task has failed "
        "that others need.",
    )
    clarify: bool = Field(
        default=False,
        title="Clarify",
        description="Whether you are asked which of two plans you mean, where the brain is not "
        "sure; off, the likelier one is carried out, and the answer names the other.",
    )
    approve: Annotated[Literal["never", "plan", "cost"], BeforeValidator(_approval)] = Field(
        default="never",
        title="Approve",
        description="When you are asked before a plan is carried out: never, always (plan), or "
        "when a hosted or a large local model is about to run (cost).",
    )
    max_seconds: float | None = Field(
        default=None,
        gt=0,
        title="Most seconds",
        description="Longest run of one request; then it is answered with what there is.",
    )
    max_tasks: int | None = Field(
        default=None, ge=1, title="Most tasks", description="Most tasks that one request may take."
    )
    max_calls: int | None = Field(
        default=None,
        ge=0,
        title="Most calls",
        description="Most calls of the chat model for one request.",
    )
    max_tokens: int | None = Field(
        default=None,
        ge=1,
        title="Most tokens",
        description="Most tokens of the chat model for one request, in and out together.",
    )
    max_bytes: int | None = Field(
        default=None,
        ge=1,
        title="Most bytes",
        description="Most bytes of files that one request may write.",
    )
    workspace: str = Field(
        default="hugginggpt-files",
        title="Workspace",
        description="Folder for the files that tasks produce.",
    )
    roots: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(".",),
        title="Roots",
        description="Folders whose files a request may name; others must be handed over.",
    )
    network: Network = Field(
        default="public",
        title="Network",
        description="Addresses that files may be fetched from: none, public, or any.",
    )

    @field_validator(
        "endpoints", "licences", "models_allowed", "models_denied", "roots", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        """Lists in the environment are separated by commas."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def endpoint_settings(self) -> EndpointSettings:
        """What endpoints are opened with."""
        names = EndpointSettings.__dataclass_fields__
        return EndpointSettings(**{name: getattr(self, name) for name in names})

    @property
    def readable(self) -> tuple[Path, ...]:
        """Folders that may be read: the roots, and the workspace."""
        return tuple(Path(folder) for folder in (*self.roots, self.workspace))
