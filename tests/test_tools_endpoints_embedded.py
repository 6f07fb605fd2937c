import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from hugginggpt.examples import example
from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Call, open_endpoint
from hugginggpt.tools.endpoints import embedded as module
from hugginggpt.tools.endpoints.embedded import EmbeddedEndpoint
from hugginggpt.tools.endpoints.embedded.engines import ENGINES, Engine
from hugginggpt.tools.errors import MissingExtraError, NoEndpointError, TaskError
from hugginggpt.tools.kinds import KINDS


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(Workspace(tmp_path))


def candidate(kind: str) -> Candidate:
    return EmbeddedEndpoint().candidates(KINDS[kind])[0]


ARGUMENTS: dict[str, dict[str, Any]] = {
    "image-to-text": {"image": example("receipt.png")},
    "document-question-answering": {
        "image": example("receipt.png"),
        "question": "What is the total?",
    },
    "text-to-speech": {"text": "Dinner is ready."},
    "feature-extraction": {"text": "a red bicycle"},
    "sentence-similarity": {"text": "a cat sleeps", "texts": ["a kitten naps", "stocks fell"]},
    "text-ranking": {"query": "opening hours", "texts": ["Open from 9 to 5.", "Free parking."]},
    "text-retrieval": {"query": "refund", "texts": ["Returns within 30 days.", "We ship daily."]},
    "zero-shot-classification": {"text": "They scored twice.", "labels": ["sport", "politics"]},
    "summarization": {"text": example("page.txt").read_text()},
    "question-answering": {
        "context": "The library closes at six.",
        "question": "When does the library close?",
    },
    "text-classification": {"text": "The staff were lovely."},
    "token-classification": {"text": "Ann paid $40 on 3 May 2024."},
    "voice-activity-detection": {},
    "canny-control": {"image": example("portrait.jpg")},
    "mlsd-control": {"image": example("portrait.jpg")},
    "keypoint-detection": {"image": example("portrait.jpg")},
    "object-detection": {"image": example("portrait.jpg"), "target": "face"},
    "tabular-classification": {"table": example("houses.csv"), "target": "energy_class"},
    "tabular-regression": {"table": example("houses.csv"), "target": "price"},
}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.kind)
async def test_every_engine_runs_and_gives_what_its_kind_promises(engine: Engine, call: Call):
    endpoint = EmbeddedEndpoint()
    arguments = ARGUMENTS[engine.kind]
    if engine.kind == "voice-activity-detection":
        spoken = await endpoint.run(candidate("text-to-speech"), {"text": "Hello there."}, call)
        arguments = {"audio": Path(str(spoken[0].path))}

    artifacts = await endpoint.run(engine.candidate, arguments, call)

    promised = KINDS[engine.kind].outputs
    assert artifacts[0].modality == promised[0]
    assert set(promised) <= {artifact.modality for artifact in artifacts}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.kind)
def test_every_engine_says_what_it_is_not(engine: Engine):
    assert engine.caveat.startswith("embedded")
    assert engine.kind in KINDS


def test_the_endpoint_is_known_by_name():
    assert isinstance(open_endpoint("embedded"), EmbeddedEndpoint)


def test_a_kind_without_an_engine_is_refused_by_name():
    endpoint = EmbeddedEndpoint()
    kind = KINDS["text-to-video"]

    assert endpoint.candidates(kind) == []
    assert endpoint.refusal(kind).startswith("no embedded engine does text-to-video; it needs")


def test_nothing_stands_in_the_way_where_the_extra_is_installed():
    assert all(EmbeddedEndpoint().obstacle(engine.candidate) is None for engine in ENGINES)


@pytest.fixture
def incomplete(monkeypatch: pytest.MonkeyPatch) -> Candidate:
    """An engine that needs a package which nobody has."""
    engine = next(e for e in ENGINES if e.model == "vader")._replace(
        model="incomplete", needs=("no_such_package",)
    )
    monkeypatch.setitem(module._ENGINES, (engine.kind, engine.model), engine)
    return engine.candidate


async def test_a_missing_package_is_named_with_its_extra(incomplete: Candidate, call: Call):
    endpoint = EmbeddedEndpoint()
    obstacle = endpoint.obstacle(incomplete)

    assert obstacle is not None
    assert "no_such_package" in obstacle
    assert "pip install 'hugginggpt[embedded]'" in obstacle
    with pytest.raises(MissingExtraError, match="no_such_package"):
        await endpoint.run(incomplete, {"text": "fine"}, call)


async def test_an_engine_that_does_not_exist_is_refused(call: Call):
    unknown = candidate("text-to-speech").model_copy(update={"model": "nightingale"})

    with pytest.raises(NoEndpointError, match="'nightingale'"):
        await EmbeddedEndpoint().run(unknown, {"text": "fine"}, call)


async def test_the_event_loop_stays_free_while_an_engine_works(call: Call):
    endpoint = EmbeddedEndpoint()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    clock = asyncio.create_task(tick())
    await endpoint.run(candidate("image-to-text"), ARGUMENTS["image-to-text"], call)
    clock.cancel()

    assert ticks >= 5


async def test_a_cancelled_task_comes_back_at_once_and_stops_at_its_next_report(tmp_path: Path):
    said: list[float | None] = []
    call = Call(Workspace(tmp_path), lambda _, share: said.append(share))
    text = "This sentence is here to be cut off long before its end. " * 1500

    work = EmbeddedEndpoint().run(candidate("text-to-speech"), {"text": text}, call)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(work, 0.3)
    heard = len(said)
    await asyncio.sleep(0.5)

    assert len(said) == heard
    assert os.listdir(tmp_path) == []


async def test_many_tasks_at_once_give_what_each_gives_alone(tmp_path: Path):
    endpoint = EmbeddedEndpoint()
    call = Call(Workspace(tmp_path))
    kinds = ["image-to-text", "summarization", "object-detection", "canny-control"] * 3

    async def run(kind: str) -> Any:
        main, *_ = await endpoint.run(candidate(kind), ARGUMENTS[kind], call)
        return main.text or main.data or Path(str(main.path)).name  # made from the content

    alone = {kind: await run(kind) for kind in set(kinds)}
    together = await asyncio.gather(*(run(kind) for kind in kinds))

    assert together == [alone[kind] for kind in kinds]


def test_one_endpoint_serves_several_event_loops(tmp_path: Path):
    endpoint = EmbeddedEndpoint()
    found: list[Any] = []

    def serve() -> None:
        work = endpoint.run(
            candidate("text-classification"), {"text": "Lovely."}, Call(Workspace(tmp_path))
        )
        found.append(asyncio.run(work)[0].data[0]["label"])

    threads = [threading.Thread(target=serve) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["positive"] * 6


async def test_an_engine_reports_its_progress(tmp_path: Path):
    said: list[str] = []
    call = Call(Workspace(tmp_path), lambda doing, _: said.append(doing))

    await EmbeddedEndpoint().run(candidate("image-to-text"), ARGUMENTS["image-to-text"], call)

    assert said == ["reading receipt.png"]


async def test_bad_input_is_a_task_error(call: Call):
    with pytest.raises(TaskError, match="'text' holds no text"):
        await EmbeddedEndpoint().run(candidate("text-to-speech"), {"text": "  "}, call)


def test_importing_the_endpoint_loads_no_engine():
    import subprocess
    import sys

    heavy = ("numpy", "cv2", "rapidocr", "sklearn", "pandas", "soundfile", "tokenizers", "scipy")
    code = (
        "import sys, hugginggpt.tools.endpoints.embedded as e; e.EmbeddedEndpoint();"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
