"""The graph as a tool of an agent, driven by a scripted chat model."""

from langchain_core.messages import AIMessage
from parts import ScriptedModel

from hugginggpt.examples import example
from hugginggpt.examples.assistant import ask


def test_example_compares_two_reviews():
    arguments = {
        "request": "Which is happier?",
        "files": [str(example("review-1.txt")), str(example("review-2.txt"))],
    }
    call = {"type": "tool_call", "id": "c", "name": "hugging_face", "args": arguments}
    model = ScriptedModel.of(AIMessage("", tool_calls=[call]), AIMessage("The second."))
    answer, kinds = ask(model)
    assert answer == "The second."
    assert kinds == ["text-classification"] * 2
