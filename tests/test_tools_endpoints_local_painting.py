"""Pictures drawn by tiny random pipelines of diffusers."""

import numpy as np
import pytest
from PIL import Image
from tiny import pipelines as tiny
from tiny.weights import weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import painting
from hugginggpt.tools.endpoints.local.diffusion import fitted, native_side
from hugginggpt.tools.errors import TaskError

# Warnings of diffusers about itself and numpy, met when its modules are imported.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning:diffusers"
)

MODELS = {
    "painter": (tiny.save_stable_diffusion, painting.load_painter),
    "improver": (tiny.save_stable_diffusion, painting.load_improver),
    "editor": (tiny.save_pix2pix, painting.load_editor),
    "dreamer": (tiny.save_ddpm, painting.load_dreamer),
    "controlled": (tiny.save_controlled, painting.load_controlled),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The pipeline of that name, loaded once, which takes few steps."""
    kept = {}

    def load(name, steps=4):
        if name not in kept:
            save, load_it = MODELS[name]
            kept[name] = load_it(weights_of(save(tmp_path_factory.mktemp(name))))
        return tiny.hurried(kept[name], num_inference_steps=steps)

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


def pixels(artifact):
    with Image.open(artifact.path) as image:
        assert image.size == (artifact.metadata["width"], artifact.metadata["height"])
        return np.asarray(image)


def test_a_picture_of_words(loaded, call, told):
    (artifact,) = painting.paint(loaded("painter"), {"prompt": "a cat"}, call)
    assert pixels(artifact).shape == (16, 16, 3)
    assert told[-1] == ("step 4 of 4", 1.0)


def test_the_same_words_give_the_same_picture_and_others_another(loaded, call):
    one, same, other = (
        painting.paint(loaded("painter"), {"prompt": prompt}, call)[0].path
        for prompt in ("a cat", "a cat", "a dog")
    )
    assert one == same != other


def test_a_random_picture(loaded, call, told):
    (artifact,) = painting.dream(loaded("dreamer"), {}, call)
    assert pixels(artifact).shape == (16, 16, 3)
    assert len(told) == 4


def test_a_picture_is_drawn_anew_a_little(loaded, call, photo, told):
    (artifact,) = painting.improve(loaded("improver", steps=10), {"image": photo}, call)
    assert pixels(artifact).shape == (16, 16, 3)
    assert told[-1] == ("step 3 of 3", 1.0)  # three tenths of the way


@pytest.mark.parametrize("model", ["editor", "improver"])
def test_a_picture_is_changed_as_told(loaded, call, photo, model):
    make = [
        painting.edit(loaded(model), {"image": photo, "prompt": prompt}, call)[0]
        for prompt in ("red", "blue")
    ]
    assert pixels(make[0]).shape == (16, 16, 3)
    assert make[0].path != make[1].path


def test_a_picture_under_control(loaded, call, photo):
    arguments = {"image": photo, "prompt": "a cat"}
    (artifact,) = painting.paint_under_control(loaded("controlled"), arguments, call)
    assert pixels(artifact).shape == (16, 16, 3)


def test_a_lone_controlnet_steers_the_base_that_its_card_names(call, photo, tmp_path):
    base, lone = tmp_path / "base", tmp_path / "lone"
    tiny.save_controlnet(lone, tiny.save_stable_diffusion(base))
    model = painting.load_controlled(weights_of(lone))
    assert type(model.model).__name__ == "StableDiffusionControlNetPipeline"
    arguments = {"image": photo, "prompt": "a cat"}
    hurried = tiny.hurried(model, num_inference_steps=2)
    assert pixels(painting.paint_under_control(hurried, arguments, call)[0]).shape == (16, 16, 3)


def test_a_base_that_is_not_here_is_named(tmp_path):
    tiny.save_controlnet(tmp_path, "someone/some-base")
    with pytest.raises(TaskError, match="needs someone/some-base beside it.*hf download"):
        painting.load_controlled(weights_of(tmp_path))


def test_it_stops_at_the_next_step_when_nobody_waits(loaded, call):
    told = []

    def stop(doing, share):
        told.append(doing)
        if doing.startswith("step 2"):
            raise TaskError("was cancelled")

    with pytest.raises(TaskError, match="was cancelled"):
        painting.paint(loaded("painter"), {"prompt": "a cat"}, Call(call.workspace, stop))
    assert told == ["step 0 of 4", "step 1 of 4", "step 2 of 4"]
    assert painting.paint(loaded("painter"), {"prompt": "a cat"}, call)


def test_a_blank_prompt(loaded, call):
    with pytest.raises(TaskError, match="'prompt' holds no text"):
        painting.paint(loaded("painter"), {"prompt": " "}, call)


@pytest.mark.parametrize(
    ("scheduler", "expected"),
    [
        ({"_class_name": "LCMScheduler"}, {"num_inference_steps": 4}),
        (
            {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"},
            {"num_inference_steps": 4, "guidance_scale": 0.0},
        ),
        ({"_class_name": "EulerDiscreteScheduler"}, {}),
        ({"timestep_spacing": "trailing", "rescale_betas_zero_snr": True}, {}),
    ],
)
def test_distilled_models_take_few_steps(tmp_path, scheduler, expected):
    folder = tiny.save_stable_diffusion(tmp_path)
    tiny.edit_scheduler(folder, **scheduler)
    index = {"_class_name": "DDIMScheduler"} | scheduler
    tiny.edit_index(folder, scheduler=["diffusers", index["_class_name"]])
    assert painting.load_painter(weights_of(folder)).extras["settings"] == expected


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("save", "load", "complaint"),
    [
        (
            tiny.save_ddpm,
            painting.load_painter,
            "DDPMPipeline, which does not make image of prompt",
        ),
        (tiny.save_pix2pix, painting.load_painter, "does not make image of prompt"),
        (tiny.save_stable_diffusion, painting.load_dreamer, "does not make image of nothing"),
        (tiny.save_stable_diffusion, painting.load_controlled, "does not make image of prompt and"),
        (tiny.save_animatediff, painting.load_painter, "does not make image of prompt"),
        (tiny.save_pix2pix, painting.load_controlled, "without a ControlNet"),
    ],
)
def test_pipelines_for_other_tasks_are_refused(tmp_path, save, load, complaint):
    with pytest.raises(TaskError, match=complaint):
        load(weights_of(save(tmp_path)))


def test_a_model_of_texts_is_no_pipeline(tmp_path):
    from tiny.text import save_bert

    with pytest.raises(TaskError, match="is a bert, not a pipeline of diffusers"):
        painting.load_painter(weights_of(save_bert(tmp_path, "")))


def test_code_of_a_pipeline_is_never_run(tmp_path):
    folder = tiny.save_stable_diffusion(tmp_path)
    tiny.edit_index(folder, _class_name=["mine", "MyPipeline"])
    (folder / "mine.py").write_text("raise SystemExit('was run')")
    with pytest.raises(TaskError, match="not a pipeline of diffusers"):
        painting.load_painter(weights_of(folder))


def test_pickled_weights_are_never_read(tmp_path):
    folder = tiny.save_stable_diffusion(tmp_path)
    (folder / "unet" / "diffusion_pytorch_model.safetensors").rename(
        folder / "unet" / "diffusion_pytorch_model.bin"
    )
    with pytest.raises(OSError, match="safetensors"):
        painting.load_painter(weights_of(folder))


def test_a_pickled_safety_checker_is_left_out(tmp_path, call):
    folder = tiny.save_stable_diffusion(tmp_path)
    name = "StableDiffusionSafetyChecker"
    tiny.edit_index(folder, safety_checker=["stable_diffusion", name])
    (folder / "safety_checker").mkdir()
    (folder / "safety_checker" / "pytorch_model.bin").write_bytes(b"pickle")
    assert painting.load_painter(weights_of(folder)).model.safety_checker is None


def test_half_precision_files_are_read_where_there_are_no_others(tmp_path):
    folder = tiny.save_stable_diffusion(tmp_path)
    for path in folder.glob("*/*.safetensors"):
        path.rename(path.with_suffix(".fp16.safetensors"))
    assert painting.load_painter(weights_of(folder)).model.unet is not None


# --- sizes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (592, 448)),
        ((30, 20), (624, 416)),
        ((512, 512), (512, 512)),
        ((1, 900), (16, 15360)),
    ],
)
def test_pictures_are_brought_to_the_size_that_the_network_knows(size, expected):
    assert fitted(Image.new("RGB", size), 512).size == expected


def test_a_small_picture_stays_small_where_the_network_enlarges_it():
    assert fitted(Image.new("RGB", (64, 48)), 512, grows=False).size == (64, 48)


def test_the_side_comes_from_the_network(loaded):
    assert native_side(loaded("painter").model) == 16
    assert native_side(loaded("dreamer").model) == 16
