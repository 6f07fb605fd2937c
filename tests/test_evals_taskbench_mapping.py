"""TaskBench's Hugging Face tools and our kinds of task."""

from hugginggpt.evals.taskbench.mapping import KINDS_BY_TOOL, TOOLS_BY_KIND, tool_of
from hugginggpt.tools.kinds import KINDS, find_kind


def test_tools_are_the_aliases_of_their_kinds():
    assert len(KINDS_BY_TOOL) == 23
    for tool, kind in KINDS_BY_TOOL.items():
        assert find_kind(tool) is KINDS[kind]


def test_every_kind_leads_back_to_its_tool():
    assert all(KINDS_BY_TOOL[tool] == kind for kind, tool in TOOLS_BY_KIND.items())
    assert set(KINDS_BY_TOOL) - set(TOOLS_BY_KIND.values()) == {"Conversational"}


def test_kind_that_taskbench_lacks():
    assert tool_of("voice-activity-detection") == "voice-activity-detection"
