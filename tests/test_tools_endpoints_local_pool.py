"""The pool: models are loaded once, shared, unloaded for others, and run in turn or in batches."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from hugginggpt.tools.artifacts import Artifact, Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local.devices import bytes_of, pick_device, pick_dtype
from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.pool import Key, Pool
from hugginggpt.tools.errors import SettingError, TaskError

CALL = Call(Workspace("."))
MEGABYTE = 10**6
WEIGHTS = Weights("some/model", Path())


def key(model):
    return Key(model, None, "module:load", "cpu", "float32")


def network(megabytes=1):
    return torch.nn.Linear(250 * megabytes, 1000, bias=False)


class Loader:
    """Loads a network of so many megabytes, and counts how often."""

    def __init__(self, megabytes=1, waits=None):
        self.megabytes = megabytes
        self.count = 0
        self.waits = waits

    def __call__(self):
        self.count += 1
        if self.waits:
            self.waits.wait(10)
        return Loaded(WEIGHTS, network(self.megabytes))


def borrow(pool, model, loader, limit=None):
    return pool.borrow(key(model), loader, size=loader.megabytes * MEGABYTE, limit=limit)


def use(pool, model, loader, limit=None):
    with borrow(pool, model, loader, limit) as held:
        return held.loaded


# --- loading --------------------------------------------------------------------------------


def test_model_is_loaded_once():
    pool, loader = Pool(), Loader()
    first, second = use(pool, "a", loader), use(pool, "a", loader)
    assert first is second
    assert loader.count == 1


def test_threads_that_come_at_once_load_it_once():
    pool, loader = Pool(), Loader(waits=threading.Event())
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(use, pool, "a", loader) for _ in range(8)]
        loader.waits.set()
        assert len({id(future.result()) for future in futures}) == 1
    assert loader.count == 1


def test_what_it_takes_is_measured():
    pool = Pool()
    with pool.borrow(key("a"), Loader(2), size=0, limit=None) as held:
        assert held.size == 2 * MEGABYTE


def test_weights_that_parts_share_are_counted_once():
    shared = network()
    assert bytes_of(shared, torch.nn.Sequential(shared, network())) == 2 * MEGABYTE


def test_loading_that_fails_leaves_nothing_behind():
    pool, loader = Pool(), Loader()

    def fail():
        raise OSError("broken file")

    with pytest.raises(OSError, match="broken"), pool.borrow(key("a"), fail, size=1, limit=None):
        pass
    assert not pool.holds("a")
    assert use(pool, "a", loader) is not None


# --- room -----------------------------------------------------------------------------------

LIMIT = 0.0025
"""In GB: room for two models of a megabyte."""


def test_the_least_recently_used_makes_room():
    pool = Pool()
    loaders = {name: Loader() for name in "abc"}
    for name in "abac":
        use(pool, name, loaders[name], LIMIT)
    assert [pool.holds(name) for name in "abc"] == [True, False, True]


def test_a_model_in_use_is_never_unloaded():
    pool = Pool()
    with borrow(pool, "a", Loader(), LIMIT):
        use(pool, "b", Loader(), LIMIT)
        use(pool, "c", Loader(), LIMIT)
        assert pool.holds("a")


def test_no_room_is_told_with_numbers():
    pool = Pool()
    refused = pytest.raises(TaskError, match=r"b needs about 2\.0 GB on cpu; .* leave 0\.0 GB")
    with borrow(pool, "a", Loader(), LIMIT), refused, borrow(pool, "b", Loader(2000), LIMIT):
        pass


def test_two_that_load_at_once_do_not_share_the_same_room():
    pool, waits = Pool(), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        slow = Loader(2, waits)
        future = threads.submit(use, pool, "a", slow, LIMIT)
        while not slow.count:
            pass
        with (
            pytest.raises(TaskError, match="models in use leave"),
            borrow(pool, "b", Loader(2), LIMIT),
        ):
            pass
        waits.set()
        future.result()


def test_clear_unloads_what_nobody_uses():
    pool = Pool()
    use(pool, "a", Loader())
    with borrow(pool, "b", Loader()):
        pool.clear()
        assert (pool.holds("a"), pool.holds("b")) == (False, True)


# --- turns and batches ----------------------------------------------------------------------


class Model:
    """Runs batches, and remembers their sizes; the first one waits until it is told to go on."""

    def __init__(self):
        self.sizes = []
        self.started, self.goes_on = threading.Event(), threading.Event()

    def run(self, loaded, many, calls):
        self.sizes.append(len(many))
        self.started.set()
        self.goes_on.wait(10)
        if any(arguments == "bad" for arguments in many):
            raise ValueError("bad input")
        return [[Artifact.of_text(arguments.upper())] for arguments in many]


def results_of(model, texts, calls=None):
    """What each text became: `texts[0]` runs first, the others gather meanwhile."""
    pool = Pool()
    calls = calls or [CALL] * len(texts)

    def run(text, call):
        with borrow(pool, "a", Loader()) as held:
            try:
                return held.run_in_batch(model.run, text, call)[0].text
            except (ValueError, TaskError) as error:
                return error

    with ThreadPoolExecutor(len(texts)) as threads:
        first = threads.submit(run, texts[0], calls[0])
        model.started.wait(10)
        futures = [threads.submit(run, *each) for each in zip(texts[1:], calls[1:], strict=True)]
        with borrow(pool, "a", Loader()) as held:
            while len(held.waiting) < len(futures):
                pass
        model.goes_on.set()
        return [future.result() for future in (first, *futures)]


def test_calls_that_wait_run_as_one_batch():
    model = Model()
    texts = [f"text {number}" for number in range(9)]
    assert results_of(model, texts) == [text.upper() for text in texts]
    assert model.sizes == [1, 8]


def test_a_batch_has_at_most_16():
    model = Model()
    texts = [f"text {number}" for number in range(20)]
    assert results_of(model, texts) == [text.upper() for text in texts]
    assert model.sizes == [1, 16, 3]


def test_bad_input_does_not_fail_the_others():
    one, bad, two = results_of(Model(), ["one", "bad", "two"])
    assert (one, two) == ("ONE", "TWO")
    assert str(bad) == "bad input"


def test_a_call_that_was_cancelled_is_not_run():
    def cancelled(doing, share):
        raise TaskError("cancelled")

    model = Model()
    calls = [CALL, Call(Workspace("."), cancelled), CALL]
    one, gone, two = results_of(model, ["one", "gone", "two"], calls)
    assert (one, str(gone), two) == ("ONE", "cancelled", "TWO")
    assert model.sizes == [1, 1]


def test_other_models_run_one_call_at_a_time():
    running, most = [], []

    def run(loaded, arguments, call):
        running.append(arguments)
        most.append(len(running))
        running.remove(arguments)
        return [Artifact.of_text(arguments)]

    pool = Pool()

    def call(text):
        with borrow(pool, "a", Loader()) as held:
            return held.run(run, text, CALL)[0].text

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(call, map(str, range(40)))) == list(map(str, range(40)))
    assert max(most) == 1


# --- devices --------------------------------------------------------------------------------


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(SettingError, match=r"no device 'cuda:9' here .*takes auto, cpu, cuda"):
        pick_device("cuda:9")


def test_numbers_on_the_cpu_are_whole():
    assert (pick_device("cpu"), pick_dtype("cpu")) == ("cpu", "float32")
