"""The report on the planner: what is held out, how it is measured, and what is said of it."""

from dataclasses import replace
from typing import NamedTuple

import pytest
from taskbench_files import write_bench

from hugginggpt.evals.metrics import Outline
from hugginggpt.evals.planner.ablations import (
    ABLATIONS,
    LEARNED,
    LINKS,
    NOTHING,
    Lab,
    linked_to_nearest,
)
from hugginggpt.evals.planner.measures import MEASURES, PLANS, parts_of
from hugginggpt.evals.planner.outcomes import (
    FAULTY,
    Outcome,
    Planned,
    outcomes_of,
    planned_by,
    planned_by_rules,
    row_of,
    subject_of,
)
from hugginggpt.evals.planner.report import report_of
from hugginggpt.evals.planner.run import OWN, Study, ablate, measure, measure_bench, open_study
from hugginggpt.evals.planner.split import ENGLISH, HELD_TOPICS, OTHERS, is_held
from hugginggpt.evals.taskbench.data import load_bench
from hugginggpt.graph.brain import Draft
from hugginggpt.graph.brain.embedded.examples import Example
from hugginggpt.graph.brain.embedded.learned.model import Option, Reading
from hugginggpt.tools.errors import FileInputError, InputError

FEW = 90
READ = {"task": "image-to-text", "id": 0, "dep": [-1], "args": {"image": "a.jpg"}}
SPEAK = {"task": "text-to-speech", "id": 1, "dep": [0], "args": {"text": "<GENERATED>-0"}}
ONE, TWO = Outline(("translation",), ()), Outline(("image-to-text", "text-to-speech"), ((0, 1),))
NONE = Outline((), ())


def example(*tasks, request="read a.jpg to me", **about):
    told = {"topic": "shop", "style": "command", "language": "en", "files": {"a.jpg": "image"}}
    reason = None if tasks else "chat"
    return Example(request=request, tasks=tasks, reason=reason, **{**told, **about})


def silent(name, total):
    return lambda: None


def outcome(planned, right=TWO, chance=None):
    return Outcome(subject_of(example(READ, SPEAK))._replace(right=right), planned, chance, 0.01)


class Heard(dict):
    """The stages that began: how many steps were taken of how many."""

    def __call__(self, name, total):
        self[name] = [0, total]

        def step():
            self[name][0] += 1

        return step


class Measured(NamedTuple):
    study: Study
    lab: Lab
    heard: Heard


@pytest.fixture(scope="module")
def measured():
    study, heard = open_study(limit=FEW), Heard()
    lab = measure(study, heard)
    ablate(study, lab, heard)
    return Measured(study, lab, heard)


@pytest.fixture(scope="module")
def study(measured):
    return measured.study


@pytest.fixture(scope="module")
def full(measured):
    return measured.lab.fit(NOTHING, lambda: None)


# --- measures ------------------------------------------------------------------------------------


def test_a_right_plan_counts_fully():
    assert parts_of(TWO, TWO) == {
        PLANS: (1, 1),
        "exact sets": (1, 1),
        "n-F1": (4, 4),
        "e-F1": (2, 2),
    }


def test_right_kinds_without_their_link_are_an_exact_set_only():
    parts = parts_of(TWO, TWO._replace(links=()))
    assert (parts[PLANS], parts["exact sets"], parts["e-F1"]) == ((0, 1), (1, 1), (0, 1))


@pytest.mark.parametrize(
    ("right", "planned", "precision", "recall"),
    [(NONE, NONE, (1, 1), (1, 1)), (NONE, ONE, None, (0, 1)), (ONE, NONE, (0, 1), None)],
)
def test_no_task_has_precision_where_it_is_said_and_recall_where_it_is_right(
    right, planned, precision, recall
):
    parts = parts_of(right, planned)
    assert parts.get("no-task precision") == precision
    assert parts.get("no-task recall") == recall


# --- outcomes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("about", [{"topic": "law"}, {"style": "slang"}])
def test_topics_and_a_style_are_held_out(about):
    assert is_held(example(READ, **about))
    assert not is_held(example(READ))


def test_a_plan_that_the_graph_would_refuse_is_wrong():
    nothing = {"task": "no-such-kind", "id": 0, "dep": [-1], "args": {}}
    (told,) = outcomes_of(
        [subject_of(example(READ))], lambda _: Planned(Draft([nothing])), lambda: None
    )
    assert told.planned == FAULTY
    assert not row_of(told, "p").is_right


class Sure:
    """Reads every request as one for speech, and is sure of it."""

    def read(self, view):
        speech = Option(frozenset({"text-to-speech"}), 0.7)
        return Reading((speech,), 0.2, {"chat": 0.0, "unsupported": 0.0})


def test_a_plan_comes_with_the_chance_of_its_kinds():
    asked = subject_of(example(READ, request="say 'hello' aloud")).request
    planned = planned_by(Sure())(asked)
    assert [task["task"] for task in planned.draft.tasks] == ["text-to-speech"]
    assert planned.chance == 0.2  # the rules planned the same, and theirs is told apart


def test_small_talk_comes_without_a_chance():
    assert planned_by(Sure())(subject_of(example(request="thanks!")).request).chance is None


def test_a_row_says_what_is_wrong_and_keeps_what_was_told():
    row = row_of(outcome(ONE, chance=0.91234), "p")
    assert row.complaints[0] == "missing: image-to-text, text-to-speech"
    assert (row.shape, row.language, row.chance, row.part) == ("chain", "en", 0.9123, "p")


def test_one_task_too_many_of_a_right_kind_is_wrong():
    row = row_of(outcome(Outline(("translation",) * 2, ()), right=ONE), "p")
    assert row.complaints == ("right kinds, but not as many tasks of each",)


def test_a_request_keeps_its_name_when_its_plan_changes():
    names = {subject_of(example(*tasks)).id for tasks in ([READ], [READ, SPEAK])}
    assert len(names) == 1
    assert subject_of(example(READ, request="other words")).id not in names


# --- ablations -----------------------------------------------------------------------------------


def test_without_typed_links_a_task_uses_the_nearest_that_fits():
    planned = Outline(("image-to-text", "text-to-image", "text-to-speech"), ((0, 1),))
    assert linked_to_nearest(outcome(planned)).planned.links == ((0, 1), (0, 2))


def test_without_typed_links_a_faulty_plan_stays_faulty():
    assert linked_to_nearest(outcome(FAULTY)).planned == FAULTY


def test_every_variant_is_measured_on_all_that_is_held_out(study):
    names = [variant.name for variant in study.variants]
    assert names == ["nothing", *(each.name for each in ABLATIONS), LEARNED, LINKS]
    for variant in study.variants:
        assert list(variant.figures) == [ENGLISH, OTHERS]


def test_leaving_nothing_out_changes_nothing(study):
    assert study.variants[0].grown[ENGLISH] == (0, 0, 0)


@pytest.mark.parametrize("ablation", ABLATIONS, ids=lambda ablation: ablation.name)
def test_each_ablation_reads_requests_in_another_way(measured, full, ablation):
    """A switch that switches nothing off would give the readings of the whole planner."""
    lab = measured.lab
    part = lab.fit(ablation, lambda: None)
    read = [[reader.read(view) for view in lab.views] for reader in (full, part)]
    told = [[(r.options[0].chance, r.flow and bool(r.flow.linker)) for r in some] for some in read]
    assert told[0] != told[1]


def test_rules_alone_are_what_the_rules_plan(study):
    rows = study.rows_of(outcomes_of(study.held, planned_by_rules, lambda: None))
    right = [row.parts[PLANS][0] for row in rows if row.part == ENGLISH]
    figures = next(each.figures for each in study.variants if each.name == LEARNED)
    assert figures[ENGLISH][PLANS][0] == pytest.approx(sum(right) / len(right))


# --- the whole -----------------------------------------------------------------------------------


def test_nothing_held_out_is_fitted_to(study):
    assert not any(map(is_held, study.seen))
    assert len(study.seen) + len(study.held) == FEW


def test_parts_are_told_apart(study):
    report = report_of(study)
    assert report.parts == [ENGLISH, OTHERS, OWN]
    assert f"{ENGLISH}: single" in report.groups
    languages = {
        s.language for s, part in zip(study.held, study.parts, strict=True) if part == OTHERS
    }
    assert len(languages) > 1
    assert {f"{OTHERS}: {language}" for language in languages} <= {*report.groups}
    assert len(report.main) == study.parts.count(ENGLISH)


def test_notes_tell_how_often_it_asks_and_whether_that_helps(study):
    study = replace(study, parts=(ENGLISH,) * 3, outcomes=[
        outcome(ONE, chance=0.4)._replace(other=TWO),
        outcome(TWO, chance=0.4)._replace(other=ONE),
        outcome(TWO, chance=0.9),
    ])  # fmt: skip
    (told,) = (note for note in report_of(study).notes if note.startswith("In doubt"))
    assert "of 3 requests it would ask about 2" in told
    assert "right in 1, one of the two in 2" in told


def test_notes_tell_what_figures_do_not(study):
    notes = " ".join(report_of(study).notes)
    assert all(topic in notes for topic in HELD_TOPICS)
    for told in ("among the examples of both fits", " ms (median", " MB", "calibration error"):
        assert told in notes


def test_stages_are_told_of_as_they_go(measured):
    assert all(done == total for done, total in measured.heard.values())
    assert next(iter(measured.heard)) == "reading the examples"


def test_what_was_done_before_an_interruption_is_kept():
    def stage(name, total):
        if OWN in name:
            raise KeyboardInterrupt
        return lambda: None

    study = open_study(limit=60)
    with pytest.raises(KeyboardInterrupt):
        measure(study, stage)
    assert report_of(study).parts == [ENGLISH, OTHERS]


@pytest.mark.parametrize("limit", [300, 3000])
def test_a_study_of_some_examples_holds_every_language(limit):
    languages = {subject.language for subject in open_study(limit=limit).held}
    assert languages == {"en", "de", "es", "fr", "zh"}


def test_rows_of_ones_own_are_measured(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(example(READ, SPEAK).model_dump_json(exclude={"history"}) + "\n")
    study = open_study(path, FEW)
    assert [subject.right for subject in study.others["mine.jsonl"]] == [TWO]


@pytest.mark.parametrize("content", [None, b"{}", b"\xff", b"[1, 2]"])
def test_file_of_rows_that_can_not_be_read(tmp_path, content):
    path = tmp_path / "mine.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileInputError, match=r"mine.jsonl"):
        open_study(path)


def test_too_few_examples():
    with pytest.raises(InputError, match="--limit 1 leaves too few"):
        open_study(limit=1)


def test_taskbench_counts_links_and_sets_too(tmp_path):
    labels = [{"id": "turn it into Welsh", "tools": ["Translation"], "links": []}]
    bench = load_bench(write_bench(tmp_path, labels=labels))
    study = open_study(limit=FEW)
    measure_bench(study, bench, silent)
    (row,) = study.rows
    assert row.part == "TaskBench, hand labels"
    assert set(row.parts) == set(MEASURES[:4])
    assert row.request == ""
