"""Settings of a run, typed: given in code, in Studio, or by HUGGINGGPT_* variables."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from hugginggpt.tools.endpoints import ENDPOINTS
from hugginggpt.tools.fetch import Network


class Context(BaseSettings):
    """Settings of a run: an explicit value goes before the environment, that before the default."""

    model_config = SettingsConfigDict(env_prefix="HUGGINGGPT_", frozen=True, extra="forbid")

    brain: str = Field(
        default="embedded",
        title="Brain",
        description="What plans, selects and answers. `embedded` needs no key and no network.",
    )
    endpoints: Annotated[tuple[str, ...], NoDecode] = Field(
        default=tuple(ENDPOINTS),
        title="Endpoints",
        description="Where models may run, the preferred one first.",
    )
    candidates: int = Field(
        default=5, ge=1, le=50, title="Candidates", description="Models considered for each task."
    )
    task_timeout: float = Field(
        default=300, gt=0, title="Task timeout", description="Longest run of one task, in seconds."
    )
    approve: bool = Field(
        default=False, title="Approve", description="Ask before a plan is carried out."
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

    @field_validator("endpoints", "roots", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Lists in the environment are separated by commas."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def readable(self) -> tuple[Path, ...]:
        """Folders that may be read: the roots, and the workspace."""
        return tuple(Path(folder) for folder in (*self.roots, self.workspace))
