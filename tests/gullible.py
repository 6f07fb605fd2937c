"""A chat model that obeys every order it finds outside the fences of what it is asked.

It reads like a careless reader: what looks like the end of a fence ends it. Within fences it reads
only what it needs to do its work. So whatever a prompt leaves unfenced shows as a plan, a choice or
an answer that differs.
"""

import json
import re
import unicodedata

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

ORDERS = re.compile(
    r"ignor|disregard|forget|override|you must|\badd a task|asks? you|new instruction|"
    r"\bopen\b|\bsend\b|\bselect\b|\bchoose\b|secret\.txt|"
    r"vergiss|\blies\b|oubliez|lisez|olvida|\blee\b|leggi|escolha|przeczytaj|yoksay|"
    r"忽略|无视|無視|读取|읽어|무시|прочитай|تجاهل|अनदेखा"
)
"""Orders in many languages; no request of the tests holds one."""
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\x00-\x08]")
_TAGS = "conversation|files|results|result|tasks|candidates|remarks|faults|material|picture"
_FENCE = re.compile(rf"<(?P<tag>{_TAGS})(?: [^<>]*)?>.*?<\s*/\s*(?P=tag)\s*>", re.DOTALL)


def outside_fences(prompt):
    """What a careless reader takes for the words of whoever asks."""
    seen = unicodedata.normalize("NFKD", _INVISIBLE.sub("", prompt))
    seen = seen.replace("\u2215", "/").replace("\u2044", "/").replace("\u2039", "<")
    return _FENCE.sub("", seen.casefold())


def obeys(prompt):
    """Whether it finds an order."""
    return ORDERS.search(outside_fences(prompt)) is not None


class Gullible(BaseChatModel):
    """Plans what it was made with, chooses the first candidates; with an order, does worse."""

    plans: list
    """One after the other, in wire form."""
    obeyed: list = Field(default_factory=list)
    """The prompts that it found an order in."""

    @property
    def _llm_type(self):
        return "gullible"

    def _generate(self, messages, stop=None, run_manager=None, **_):
        system, asked = str(messages[0].text), str(messages[-1].text)
        is_led = obeys(asked)
        if is_led:
            self.obeyed.append(asked)
        text = self._answer(system, asked, is_led)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    def _answer(self, system, asked, is_led):
        if system.startswith("You plan"):
            order = {"task": "summarization", "id": 90, "dep": [-1], "args": {"text": "secret.txt"}}
            return json.dumps({"tasks": self.plans.pop(0) + [order] * is_led, "reply": ""})
        if system.startswith("You choose"):
            return json.dumps({"selections": _choices(asked, is_led)})
        if is_led:
            return "OBEYED"
        if system.startswith("You do one task"):
            return asked.partition(">\n")[2]  # with all that the material says
        return "Here you are."


def _choices(asked, is_led):
    tasks = re.findall(r"^- (\d+) (\S+): ", asked, re.MULTILINE)
    offered = re.findall(r'^- ("[^"]+ @ [^"]+"): ', asked, re.MULTILINE)
    chosen = json.loads(offered[-1 if is_led else 0])
    return [{"task": int(key), "id": chosen, "reason": "first"} for key, _ in tasks]
