import pytest

from hugginggpt.tools.endpoints.local.companions import base_of, companion, vocoder_of
from hugginggpt.tools.endpoints.local.families import Weights
from hugginggpt.tools.endpoints.local.seeds import seed_of
from hugginggpt.tools.errors import TaskError

CONTROLNET = {"_class_name": "ControlNetModel"}


def weights(folder, **config):
    return Weights("someone/model", folder, device="meta", dtype="float16", config=config)


def test_a_whole_pipeline_needs_no_base(tmp_path):
    assert base_of(weights(tmp_path, _class_name="StableDiffusionPipeline")) is None


@pytest.mark.parametrize(
    ("card", "width", "base"),
    [
        ("base_model: me/base", 768, "me/base"),
        ("base_model:\n- me/base\n- me/other", 768, "me/base"),
        (
            "base_model: runwayml/stable-diffusion-v1-5",
            768,
            "stable-diffusion-v1-5/stable-diffusion-v1-5",
        ),
        ("license: mit", 2048, "stabilityai/stable-diffusion-xl-base-1.0"),
    ],
)
def test_the_base_of_a_controlnet(tmp_path, card, width, base):
    (tmp_path / "README.md").write_text(f"---\n{card}\n---\nText.\n")
    assert base_of(weights(tmp_path, **CONTROLNET, cross_attention_dim=width)) == base


@pytest.mark.parametrize("card", [None, "no front matter", "---\n: [broken\n---\n"])
def test_without_a_card_the_size_tells(tmp_path, card):
    if card is not None:
        (tmp_path / "README.md").write_text(card)
    known = base_of(weights(tmp_path, **CONTROLNET, cross_attention_dim=768))
    assert known == "stable-diffusion-v1-5/stable-diffusion-v1-5"
    with pytest.raises(TaskError, match="name it as base_model in the README.md"):
        base_of(weights(tmp_path, **CONTROLNET, cross_attention_dim=7))


def test_a_vocoder_in_the_folder_goes_before_the_usual_one(tmp_path):
    model = weights(tmp_path, model_type="speecht5")
    assert vocoder_of(model) == "microsoft/speecht5_hifigan"
    (tmp_path / "vocoder").mkdir()
    assert vocoder_of(model) == str(tmp_path / "vocoder")


def test_a_companion_goes_where_the_model_goes(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    found = companion(weights(tmp_path), str(tmp_path))
    assert (found.folder, found.device, found.dtype) == (tmp_path, "meta", "float16")


def test_seeds_go_by_what_files_hold(tmp_path):
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    for path, content in ((one, b"1"), (same, b"1"), (other, b"2")):
        path.write_bytes(content)
    seeds = [seed_of({"image": path, "prompt": "cat"}) for path in (one, same, other)]
    assert seeds[0] == seeds[1] != seeds[2]
    assert seed_of({"prompt": "cat"}) != seed_of({"text": "cat"})
