"""The suite as a LangSmith data set and experiment, for `hugginggpt eval suite --upload`.

Experiments over one data set stand side by side in LangSmith. Needs LANGSMITH_API_KEY, and
LANGSMITH_ENDPOINT for a server of one's own.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from langsmith import Client, aevaluate
from langsmith.evaluation import EvaluationResult, EvaluationResults
from langsmith.schemas import Example, Run

from hugginggpt.evals.record import Row
from hugginggpt.evals.suite.case import Case
from hugginggpt.evals.suite.files import make_files
from hugginggpt.evals.suite.run import MEASURES, row_of, run_case, settings_for
from hugginggpt.graph.build import build_graph
from hugginggpt.graph.context import Context
from hugginggpt.tools.errors import SettingError

DATASET = "hugginggpt suite"


def open_client() -> Client:
    """A client of LangSmith.

    Raises:
        SettingError: there is no key.

    """
    if not any(os.environ.get(name) for name in ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")):
        raise SettingError("--upload needs a key of LangSmith: set LANGSMITH_API_KEY")
    return Client()


async def run_experiment(
    cases: Sequence[Case],
    context: Context,
    folder: Path,
    rows: list[Row],
    tell: Callable[[], None],
    client: Client,
) -> None:
    """Put a row for each case into `rows`, as `run_suite` does, and all of it into LangSmith.

    The data set is brought up to date with the cases; the experiment is a new one.
    """
    files = make_files(folder / "files")
    settings, graph = settings_for(context, folder), build_graph()
    known = {case.id: case for case in cases}
    done: dict[str, Row] = {}

    async def target(inputs: dict[str, Any]) -> dict[str, Any]:
        case = known[inputs["id"]]
        row = row_of(case, await run_case(case, graph, settings, files))
        done[case.id] = row
        rows.append(row)
        tell()
        return {"answer": row.answer, "planned": list(row.planned), "spans": _spans(row)}

    async def scores(_: Run, example: Example | None) -> EvaluationResults:
        row = done.get((example.inputs or {})["id"]) if example else None
        return EvaluationResults(results=_feedback(row) if row else [])

    results = await aevaluate(
        target,
        data=upload_cases(cases, client),
        evaluators=[scores],
        experiment_prefix=f"suite, {context.brain}",
        metadata={"brain": str(context.brain), "endpoints": ", ".join(context.endpoints)},
        max_concurrency=1,
        client=client,
    )
    await results.wait()


def upload_cases(cases: Sequence[Case], client: Client) -> list[Example]:
    """The examples of LangSmith's data set, made or brought up to date with these cases."""
    if client.has_dataset(dataset_name=DATASET):
        dataset = client.read_dataset(dataset_name=DATASET)
    else:
        dataset = client.create_dataset(DATASET, description="Requests with files and checks.")
    there = {str(example.id): example for example in client.list_examples(dataset_id=dataset.id)}
    wanted = _examples(cases, dataset.id)
    new = [example for example in wanted if str(example.id) not in there]
    changed = [each for each in wanted if str(each.id) in there and _differs(each, there)]
    if new:
        client.create_examples(
            dataset_id=dataset.id,
            ids=[each.id for each in new],
            inputs=[each.inputs or {} for each in new],
            reference_outputs=[each.outputs for each in new],
            metadata=[each.metadata for each in new],
        )
    if changed:
        updates = [{"id": e.id, "inputs": e.inputs, "outputs": e.outputs} for e in changed]
        client.update_examples(dataset_id=dataset.id, updates=updates)
    return wanted


def _examples(cases: Sequence[Case], dataset: UUID) -> list[Example]:
    """The cases as examples; ids come from the data set and the case, so none comes twice."""
    return [
        Example(
            id=uuid5(dataset, case.id),
            dataset_id=dataset,
            inputs={"id": case.id, "request": case.request, "files": list(case.files)},
            outputs={"tasks": list(case.tasks), "links": [list(link) for link in case.links]},
            metadata={"shape": case.shape},
            created_at=datetime.now(UTC),
        )
        for case in cases
    ]


def _differs(example: Example, there: Mapping[str, Example]) -> bool:
    old = there[str(example.id)]
    return (old.inputs, old.outputs) != (example.inputs, example.outputs)


def _feedback(row: Row) -> list[EvaluationResult]:
    told = "; ".join(row.complaints)
    return [
        EvaluationResult(key=name, score=row.parts[name][0] / row.parts[name][1], comment=told)
        for name in MEASURES
        if name in row.parts and row.parts[name][1]
    ]


def _spans(row: Row) -> list[dict[str, Any]]:
    return [span.model_dump() for span in row.spans]
