"""The graph as a node of another graph."""

from hugginggpt.examples.subgraph import sort


def test_example_sorts_a_review():
    assert list(sort("review-2.txt")) == [
        "approved: text-classification",
        "text-classification started",
        "text-classification done",
        "to the shop window",
    ]
