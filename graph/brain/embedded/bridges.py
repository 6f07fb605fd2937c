"""Values of one modality turned into another that a task needs: a picture into its text."""

from collections.abc import Sequence

from hugginggpt.graph.brain.embedded.cues import cue_table
from hugginggpt.graph.brain.embedded.memory import Source
from hugginggpt.graph.brain.embedded.tasklist import TaskList, output
from hugginggpt.tools.kinds import KINDS, Modality, TaskKind

_DESCRIBE = "Describe what happens and what is said."
_GUIDES = {"depth-estimation": "depth-control", "image-segmentation": "seg-control"}
"""Kinds whose picture is a control image by another name."""


def bridged(
    sources: Sequence[Source], kind: TaskKind, wanted: Modality, tasks: TaskList
) -> list[Source]:
    """The sources, each turned into what `kind` takes; those that can't be are left out."""
    guide = kind.name.replace("-text-to-image", "-control")
    if guide != kind.name and guide in KINDS:
        return [_guide(source, guide, tasks) for source in sources if source.fits("image")]
    found = (_bridge(source, wanted, tasks) for source in sources)
    return [source for source in found if source is not None]


def _bridge(source: Source, wanted: Modality, tasks: TaskList) -> Source | None:
    if source.fits(wanted):
        return source
    bridges = (cue_table().bridges.get(modality, {}) for modality in source.modalities)
    name = next((bridge[wanted] for bridge in bridges if wanted in bridge), None)
    if name is None:
        return None
    content, *others = KINDS[name].required
    arguments = {content.name: source.value} | {other.name: _DESCRIBE for other in others}
    return output(tasks.add(name, arguments, [source]))


def _guide(source: Source, guide: str, tasks: TaskList) -> Source:
    """The control image that `source` is, or that is made from it."""
    maker = tasks.maker(source)
    if maker is not None and guide == _GUIDES.get(maker["task"]):
        maker["task"] = guide
    if maker is not None and maker["task"] == guide:
        return source
    return output(tasks.add(guide, {"image": source.value}, [source]))
