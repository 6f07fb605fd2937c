"""A chat model as judge."""

import json

import pytest
from chat_server import Reply
from test_evals_record import row
from test_evals_suite_checks import run

from hugginggpt.evals.judge import MEASURE, RUBRIC, Judge, judged
from hugginggpt.evals.suite.run import report_of
from hugginggpt.graph.context import Context
from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.errors import BrainError, SettingError

VERDICT = {"reason": "Half of it.", "answers": 1, "supported": 2, "candid": 2, "clear": 1}
RUN = run(
    ("summarization", [Artifact.of_text("Bees move house.")]),
    ("translation", "no engine"),
    answer="Bees move house. Could not do translation.",
    request="sum up and translate",
)


@pytest.fixture
def judge_that(start_chat):
    """A judge behind a scripted server, and the server."""

    def start(reply):
        server = start_chat(lambda call: reply)
        return Judge(Context(brain="openai:scripted")), server

    return start


async def test_points_of_each_criterion(judge_that):
    judge, _ = judge_that(json.dumps(VERDICT))
    verdict = await judge.judge(RUN)
    assert verdict.points == {name: VERDICT[name] for name in RUBRIC}
    assert verdict.score == 6 / 8


async def test_judge_sees_request_results_answer_and_rubric(judge_that):
    judge, server = judge_that(json.dumps(VERDICT))
    await judge.judge(RUN)
    (call,) = server.calls
    for told in ("sum up and translate", "Bees move house.", "translation: failed: no engine"):
        assert told in call.user
    assert all(f"- {name}: 2:" in call.system for name in RUBRIC)
    assert "embedded" not in call.system + call.user


@pytest.mark.parametrize(
    "reply", ["It is good.", json.dumps({**VERDICT, "clear": 3}), '{"answers": 2}']
)
async def test_reply_without_points(judge_that, reply):
    judge, _ = judge_that(reply)
    with pytest.raises(BrainError, match="gave no points"):
        await judge.judge(RUN)


async def test_verdict_is_a_measure_and_decides_nothing(judge_that):
    judge, _ = judge_that(json.dumps({**VERDICT, "answers": 0, "supported": 0}))
    told = await judged(row("a"), RUN, judge)
    assert told.parts[MEASURE] == (3 / 8, 1)
    assert told.is_right
    assert told.remarks == (
        "judged answers 0/2, supported 0/2, candid 2/2, clear 1/2: Half of it.",
    )
    assert MEASURE in report_of([told], "b").measures


async def test_judge_that_fails_leaves_a_note(judge_that):
    judge, _ = judge_that(Reply("busy elsewhere", status=400))
    told = await judged(row("a"), RUN, judge)
    assert MEASURE not in told.parts
    assert told.remarks[0].startswith("not judged: openai:scripted could not be asked")
    assert MEASURE not in report_of([told], "b").measures


def test_judge_without_a_key():
    with pytest.raises(SettingError, match="OPENAI_API_KEY"):
        Judge(Context(brain="openai:gpt-5-mini"))
