"""Hugging Face tasks as tools of a LangChain agent: `python -m hugginggpt.examples.agent MODEL`.

Needs the extras `embedded` and `llm`, and a key for the chat model, such as OPENAI_API_KEY.
"""

import sys

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from hugginggpt import hf_tools
from hugginggpt.examples import FOLDER, example

QUESTION = "What does the receipt {receipt} say? Is the review in {review} a happy one?"


def ask(model: str | BaseChatModel) -> list[str]:
    """What the agent's tools and the agent itself said, in order."""
    tools = hf_tools(["image-to-text", "text-classification"], roots=FOLDER)
    agent = create_agent(model, tools)
    question = QUESTION.format(receipt=example("receipt.png"), review=example("review-1.txt"))
    state = agent.invoke({"messages": [HumanMessage(question)]})
    return [message.text for message in state["messages"][1:] if message.text]


if __name__ == "__main__":
    print("\n\n".join(ask(sys.argv[1] if len(sys.argv) > 1 else "openai:gpt-5-mini")))
