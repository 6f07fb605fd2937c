"""A case of the suite: a request with files, its right plan, and checks as data."""

import tomllib
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from hugginggpt.evals import dataset
from hugginggpt.evals.record import Shape
from hugginggpt.evals.suite.checks import CHECKS
from hugginggpt.evals.taskbench.data import type_of


class Check(BaseModel):
    """One check, by name, and what it is told."""

    model_config = ConfigDict(frozen=True, extra="allow")

    check: str

    @property
    def arguments(self) -> dict[str, Any]:
        """What the function is called with besides the trajectory."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _is_known(self) -> "Check":
        if self.check not in CHECKS:
            raise ValueError(f"there is no check {self.check!r}; there are {', '.join(CHECKS)}")
        return self


class Case(dataset.Case):
    """One request of the suite; its files are made or taken from the examples."""

    beyond: tuple[str, ...] = ()
    """Kinds that may stay undone, since only a model of some size does them, or nothing can."""
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _has_what_is_beyond(self) -> "Case":
        alien = {*self.beyond} - {*self.tasks}
        if alien:
            raise ValueError(f"case {self.id!r} leaves undone what is no task: {sorted(alien)}")
        return self

    @property
    def shape(self) -> Shape:
        """The shape of the right plan."""
        if not self.tasks:
            return "none"
        names = [f"{number}" for number in range(len(self.tasks))]
        return type_of(names, [(f"{a}", f"{b}") for a, b in self.links])


def load_cases() -> list[Case]:
    """The cases of the suite."""
    text = (files(__package__) / "cases.toml").read_text(encoding="utf-8")
    return [Case.model_validate(case) for case in tomllib.loads(text)["case"]]
