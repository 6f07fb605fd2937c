"""The whole graph as one tool of an agent: `python -m hugginggpt.examples.assistant MODEL`.

Needs the extras `embedded` and `llm`, and a key for the chat model, such as OPENAI_API_KEY.
"""

import sys

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, ToolMessage

from hugginggpt import Context, graph_tool
from hugginggpt.examples import FOLDER, example

QUESTION = "Which of these two reviews is happier? {reviews}"


def ask(model: str | BaseChatModel) -> tuple[str, list[str]]:
    """What the agent answered, and the kinds of task that its tool ran for it."""
    tool = graph_tool(context=Context(brain="embedded", roots=(str(FOLDER),)))
    agent = create_agent(model, [tool])
    reviews = ", ".join(str(example(f"review-{number}.txt")) for number in (1, 2))
    state = agent.invoke({"messages": [HumanMessage(QUESTION.format(reviews=reviews))]})
    called = [m for m in state["messages"] if isinstance(m, ToolMessage) and m.artifact]
    kinds = [result["kind"] for m in called for result in m.artifact["results"].values()]
    return state["messages"][-1].text, kinds


if __name__ == "__main__":
    answer, kinds = ask(sys.argv[1] if len(sys.argv) > 1 else "openai:gpt-5-mini")
    print(answer, kinds, sep="\n\n")
