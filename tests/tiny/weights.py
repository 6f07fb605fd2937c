"""A saved model as the local endpoint finds it, and one that is loaded."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from hugginggpt.tools.endpoints.local.families import Loaded, Weights
from hugginggpt.tools.endpoints.local.repository import Files


def weights_of(folder: Path) -> Weights:
    """The files in `folder`, to be loaded on the CPU."""
    return Weights(f"tiny/{folder.name}", folder, "c0ffee", config=Files(folder).config)


def keep_loaded(models: dict, tmp_path_factory) -> Callable[[str], Loaded]:
    """A function that makes and loads the model of that name once.

    `models` holds for each name what saves it in a folder and the `Load` of its family.
    """

    @cache
    def load(name: str) -> Loaded:
        save, load_it = models[name]
        return load_it(weights_of(save(tmp_path_factory.mktemp(name))))

    return load
