"""The project's own cases."""

import pytest
from pydantic import ValidationError

from hugginggpt.evals.dataset import Case, load_cases
from hugginggpt.tools.kinds import KINDS


def test_every_kind_has_a_case() -> None:
    assert {kind for case in load_cases() for kind in case.tasks} == KINDS.keys()


def test_there_are_cases_of_all_sorts() -> None:
    cases = load_cases()
    assert sum(len(case.tasks) > 1 for case in cases) >= 40
    assert sum(not case.tasks for case in cases) >= 20
    assert len({case.request for case in cases}) == len({case.id for case in cases}) == len(cases)


def test_a_case_of_an_unknown_kind() -> None:
    with pytest.raises(ValidationError, match="unknown kinds"):
        Case(id="x", request="fly", tasks=("flying",))


def test_a_case_with_a_link_to_nowhere() -> None:
    with pytest.raises(ValidationError, match="links outside"):
        Case(id="x", request="sum up", tasks=("summarization",), links=((0, 1),))
