"""The network that reads a request word by word: numpy reads what torch has fitted."""

import numpy as np
import pytest
import torch

from hugginggpt.graph.brain.embedded import training
from hugginggpt.graph.brain.embedded.examples import load_examples
from hugginggpt.graph.brain.embedded.fit import labels_of, view_of_example
from hugginggpt.graph.brain.embedded.learned.network import grams_of
from hugginggpt.graph.brain.embedded.learned.views import NAMES, REASONS
from hugginggpt.graph.brain.embedded.planner import see
from hugginggpt.graph.request import Request

FEW = 60


@pytest.fixture(scope="module")
def views():
    return [view_of_example(example) for example in load_examples()[:FEW]]


@pytest.fixture(scope="module")
def corpus(views):
    return training.corpus_of(views, labels_of(load_examples()[:FEW]))


def test_numpy_reads_as_torch_does(views, corpus, monkeypatch):
    for share in ("_TYPOS", "_UNKNOWN", "_LEFT_OUT", "_DROPPED"):
        monkeypatch.setattr(training, share, 0)
    model = training.Model(corpus, 0)
    torch.nn.init.normal_(model.signs)
    with torch.no_grad():
        logits = model(corpus, training.batch_of(corpus, [(row,) for row in range(FEW)], {}))
    network = training.network_of(model, corpus, {})
    read = np.stack([network.scores(view) for view in views])
    assert read == pytest.approx(logits.sigmoid().numpy(), abs=0.01)


def test_the_same_rows_give_the_same_network(corpus):
    first, second = (training.train(corpus, range(40)) for _ in range(2))
    assert all((first.arrays[name] == second.arrays[name]).all() for name in first.arrays)


def test_other_rows_give_another_network(corpus):
    first, second = (training.train(corpus, rows) for rows in (range(40), range(20, 60)))
    assert first.arrays["values.weight"].tobytes() != second.arrays["values.weight"].tobytes()


def test_it_learns_what_it_is_shown(views, corpus, monkeypatch):
    monkeypatch.setattr(training, "_EPOCHS", 60)
    network = training.train(corpus, range(FEW))
    labels = corpus.labels.numpy()
    missed = [
        abs(network.scores(view) - label).max() > 0.5
        for view, label in zip(views, labels, strict=True)
    ]
    assert sum(missed) < FEW / 4


def test_readings_of_a_request_that_differ_cost_more_than_either():
    labels, first, second = torch.zeros(1, 3), torch.full((1, 3), -2.0), torch.full((1, 3), -1.0)
    alike = training._loss(first, first, labels) + training._loss(second, second, labels)
    assert training._loss(first, second, labels) > alike / 2


def test_two_requests_said_one_after_the_other_need_the_tasks_of_both(corpus):
    batch = training.batch_of(corpus, [(0, 1)], {})
    both = torch.maximum(corpus.labels[0], corpus.labels[1])
    assert (batch.labels[0, : len(NAMES)] == both[: len(NAMES)]).all()
    assert batch.words.shape[1] == len(corpus.requests[0]) + len(corpus.requests[1])


def test_beside_a_task_there_is_no_reason_for_none(corpus):
    reasons = corpus._replace(labels=torch.ones_like(corpus.labels))
    batch = training.batch_of(reasons, [(0,), (1, 2)], {})
    assert (batch.labels[:, -len(REASONS) :] == 0).all()


def test_a_typo_keeps_most_runs_of_letters():
    right, wrong = set(grams_of("translate")), set(grams_of("transllate"))
    assert len(right & wrong) > len(right - wrong)


@pytest.mark.parametrize("text", ["", "⟨", "1 2 3", "ß" * 500])
def test_any_text_can_be_read(text, corpus):
    scores = training.train(corpus, range(20)).scores(see(Request(text)))
    assert scores.shape == (len(NAMES) + len(REASONS),)
    assert np.isfinite(scores).all()
