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


def test_text_that_answers_somebody_is_conversational():
    assert tool_of("text-generation", "write a reply to that") == "Conversational"
    assert tool_of("text-generation", "write a poem") == "Text Generation"
    assert tool_of("translation", "translate the reply") == "Translation"


def test_what_tells_of_a_table_is_tabular_classification():
    assert tool_of("image-classification", "sort the table on it") == "Tabular Classification"
    assert tool_of("image-classification", "sort the photo") == "Image Classification"
    assert tool_of("image-to-image", "sharpen the table") == "Image-to-Image"
