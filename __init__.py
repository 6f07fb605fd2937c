"""HuggingGPT: a plain-language request becomes a graph of Hugging Face tasks, and is run.

    from hugginggpt import build_graph, graph_tool, hf_tools, Context

Names are imported when first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hugginggpt.graph.build import build_graph
    from hugginggpt.graph.context import Context
    from hugginggpt.graph.tool import graph_tool
    from hugginggpt.tools.tool import hf_tools

__all__ = ["Context", "build_graph", "graph_tool", "hf_tools"]
__version__ = "0.1.0"

_HOMES = {
    "Context": "hugginggpt.graph.context",
    "build_graph": "hugginggpt.graph.build",
    "graph_tool": "hugginggpt.graph.tool",
    "hf_tools": "hugginggpt.tools.tool",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
