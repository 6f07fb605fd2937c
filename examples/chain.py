"""The graph in a chain of LangChain runnables: `python -m hugginggpt.examples.chain`."""

from operator import itemgetter
from typing import Any

from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda

from hugginggpt import Context, build_graph
from hugginggpt.examples import FOLDER, example

PROMPT = ChatPromptTemplate.from_template("Summarise this text in {count} sentences.")


def build_chain() -> Runnable[dict[str, Any], str]:
    """A chain from a number of sentences and files to a summary."""
    context = Context(brain="embedded", roots=(str(FOLDER),))
    graph = build_graph().with_config(run_name="summarise", tags=["example"]).bind(context=context)
    words = PROMPT | RunnableLambda(lambda prompt: prompt.to_messages())
    return {"messages": words, "files": itemgetter("files")} | graph | RunnableLambda(_summary)


def _summary(state: dict[str, Any]) -> str:
    summary: str = state["results"]["0"]["artifacts"][0]["text"]
    return summary


if __name__ == "__main__":
    chain = build_chain()
    files = [str(example(name)) for name in ("page.txt", "review-1.txt", "review-2.txt")]
    print(*chain.batch([{"count": 1, "files": [file]} for file in files]), sep="\n\n")
