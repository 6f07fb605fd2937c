"""The candidates of a kind, ranked."""

from contextlib import nullcontext

from hugginggpt.tools.candidates import Candidate, find_candidates
from hugginggpt.tools.endpoints import Endpoint
from hugginggpt.tools.kinds import KINDS

KIND = KINDS["translation"]


class Shelf(Endpoint):
    """Offers the models it was made with; `loaded` are in memory, `broken` can't run."""

    def __init__(self, name, *models, loaded=(), broken=()):
        self.name = name
        self.models, self.loaded, self.broken = models, loaded, broken

    def candidates(self, kind):
        return [candidate.model_copy(update={"endpoint": self.name}) for candidate in self.models]

    def refusal(self, kind):
        return f"nothing does {kind.name}"

    def obstacle(self, candidate):
        return "it is broken" if candidate.model in self.broken else None

    def is_loaded(self, candidate):
        return candidate.model in self.loaded

    def slot(self):
        return nullcontext()


def model(name, downloads=None, **facts):
    return Candidate(model=name, kind="translation", endpoint="", downloads=downloads, **facts)


def ranked(*endpoints, limit=10):
    return [c.model for c in find_candidates(KIND, endpoints, limit).candidates]


def test_most_downloaded_first():
    assert ranked(Shelf("a", model("x", 5), model("y", 50), model("z"))) == ["y", "x", "z"]


def test_where_downloads_are_unknown_the_order_stays():
    assert ranked(Shelf("a", model("x"), model("y"), model("z"))) == ["x", "y", "z"]


def test_the_order_of_endpoints_goes_before_downloads():
    assert ranked(Shelf("a", model("x", 5)), Shelf("b", model("y", 50))) == ["x", "y"]


def test_what_is_loaded_goes_before_downloads():
    shelf = Shelf("a", model("x", 50), model("y", 5), loaded=["y"])
    assert ranked(shelf) == ["y", "x"]


def test_own_models_go_before_all_others():
    local = Shelf("a", model("x", 50), model("z", 9), loaded=["x"])
    hosted = Shelf("b", model("mine", preferred=True), model("y", 99))
    assert ranked(local, hosted) == ["mine", "x", "z", "y"]
    assert ranked(local, hosted, limit=1) == ["mine"]


def test_what_can_not_run_is_left_out_and_told():
    shelf = Shelf("a", model("x", 50), model("y", 5), broken=["x"])
    found = find_candidates(KIND, [shelf, Shelf("b")], 10)
    assert [c.model for c in found.candidates] == ["y"]
    assert found.refusals == ("a: it is broken", "b: nothing does translation")


def test_the_limit_counts_what_can_run():
    shelf = Shelf("a", *(model(f"m{n}", 100 - n) for n in range(9)), broken=["m0", "m1"])
    assert ranked(shelf, limit=2) == ["m2", "m3"]
