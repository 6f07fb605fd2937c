"""Clips made by tiny random pipelines of diffusers."""

import inspect

import av
import pytest
from tiny import pipelines as tiny
from tiny.weights import weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import clips
from hugginggpt.tools.errors import MissingExtraError, TaskError

# Warnings of diffusers about itself and numpy, met when its modules are imported.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning:diffusers"
)

WAN = {"height": 16, "width": 16, "num_frames": 5, "num_inference_steps": 2}
MODELS = {
    "animatediff": (tiny.save_animatediff, clips.load_filmer, {"num_frames": 3}),
    "wan": (lambda f: tiny.save_wan(f, "WanPipeline"), clips.load_filmer, WAN),
    "svd": (tiny.save_video_diffusion, clips.load_animator, {}),
    "wan-image": (
        lambda f: tiny.save_wan(f, "WanImageToVideoPipeline"),
        clips.load_director,
        WAN,
    ),
    "wan-video": (
        lambda f: tiny.save_wan(f, "WanVideoToVideoPipeline"),
        clips.load_refilmer,
        WAN | {"num_inference_steps": 5},
    ),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The pipeline of that name, loaded once, which makes small clips in few steps."""
    kept = {}

    def load(name):
        save, load_it, settings = MODELS[name]
        if name not in kept:
            kept[name] = load_it(weights_of(save(tmp_path_factory.mktemp(name))))
        return tiny.hurried(kept[name], **{"num_inference_steps": 2} | settings)

    return load


@pytest.fixture
def told():
    return []


@pytest.fixture
def call(tmp_path, told):
    return Call(Workspace(tmp_path / "made"), lambda doing, share: told.append((doing, share)))


@pytest.fixture
def photo(tmp_path):
    return tiny.save_photo(tmp_path / "photo.png", 60, 30)


def watch(artifact):
    """Width, height, frames and frame rate of the file, checked against what is told of it."""
    with av.open(artifact.path) as container:
        (stream,) = container.streams.video
        frames = [frame.to_image() for frame in container.decode(stream)]
        rate = float(stream.average_rate)
    told = artifact.metadata
    assert (told["width"], told["height"]) == frames[0].size
    assert told["frames"] == len(frames)
    assert told["frame_rate"] == pytest.approx(rate, abs=0.01)
    assert artifact.mime == "video/mp4"
    return (*frames[0].size, len(frames), rate)


@pytest.mark.parametrize(
    ("model", "expected"), [("animatediff", (16, 16, 3, 8)), ("wan", (16, 16, 5, 16))]
)
def test_a_clip_of_words(loaded, call, told, model, expected):
    (artifact,) = clips.film(loaded(model), {"prompt": "a cat"}, call)
    assert watch(artifact) == expected
    assert ("step 2 of 2", 1.0) in told


def test_a_picture_moves(loaded, call, photo):
    (artifact,) = clips.animate(loaded("svd"), {"image": photo}, call)
    assert watch(artifact) == (64, 64, 3, 7)


@pytest.mark.parametrize("arguments", [{"prompt": "a cat"}, {}])
def test_a_picture_moves_as_told(loaded, call, photo, arguments):
    (artifact,) = clips.animate(loaded("wan-image"), {"image": photo} | arguments, call)
    assert watch(artifact) == (16, 16, 5, 16)


@pytest.mark.parametrize("arguments", [{"prompt": "a cat"}, {}])
def test_a_clip_is_drawn_anew_and_lasts_as_long(loaded, call, tmp_path, arguments):
    path = tiny.save_clip(tmp_path / "clip.mp4", frames=12, rate=4)
    (artifact,) = clips.film_anew(loaded("wan-video"), {"video": path} | arguments, call)
    assert watch(artifact)[:3] == (16, 16, 9)  # 4 n + 1 of twelve
    assert artifact.metadata["seconds"] == pytest.approx(3, abs=0.05)


def test_the_same_words_give_the_same_clip(loaded, call):
    first, second = (clips.film(loaded("animatediff"), {"prompt": "cat"}, call) for _ in range(2))
    assert first == second


def test_a_clip_can_be_stopped(loaded, call):
    def stop(doing, share):
        raise TaskError("was cancelled")

    with pytest.raises(TaskError, match="was cancelled"):
        clips.film(loaded("wan"), {"prompt": "cat"}, Call(call.workspace, stop))


@pytest.mark.parametrize(
    ("save", "load", "complaint"),
    [
        (tiny.save_stable_diffusion, clips.load_filmer, "does not make video of prompt"),
        (tiny.save_animatediff, clips.load_animator, "does not make video of image"),
        (tiny.save_video_diffusion, clips.load_director, "does not make video of image and prompt"),
    ],
)
def test_pipelines_for_other_tasks_are_refused(tmp_path, save, load, complaint):
    with pytest.raises(TaskError, match=complaint):
        load(weights_of(save(tmp_path)))


def test_a_package_that_reads_prompts_is_named_where_it_is_missing(tmp_path, monkeypatch):
    from diffusers import WanImageToVideoPipeline

    folder = tiny.save_wan(tmp_path, "WanImageToVideoPipeline")
    monkeypatch.delattr(inspect.getmodule(WanImageToVideoPipeline), "ftfy", raising=False)
    with pytest.raises(MissingExtraError, match="needs ftfy"):
        clips.load_director(weights_of(folder))
