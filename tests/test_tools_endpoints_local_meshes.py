"""Meshes made by tiny random Shap-E pipelines."""

from pathlib import Path

import numpy as np
import pytest
from tiny import pipelines as tiny
from tiny.weights import weights_of

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.local import meshes
from hugginggpt.tools.errors import TaskError

# Warnings of diffusers about itself and numpy, met when its modules are imported.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning:diffusers"
)


@pytest.fixture
def call(tmp_path):
    return Call(Workspace(tmp_path / "made"))


def read_ply(path):
    """The corners and the triangles of a binary PLY file, read as its own header says."""
    content = Path(path).read_bytes()
    header, _, body = content.partition(b"end_header\n")
    counts = [int(line.split()[2]) for line in header.splitlines() if b"element" in line]
    corners = np.frombuffer(body, [("place", "<f4", 3), ("colour", "u1", 3)], counts[0])
    faces = np.frombuffer(body[corners.nbytes :], [("count", "u1"), ("corners", "<i4", 3)])
    assert len(faces) == counts[1]
    assert header.startswith(b"ply\nformat binary_little_endian 1.0\n")
    return corners, faces


def check(artifact):
    corners, faces = read_ply(artifact.path)
    assert artifact.metadata == {"vertices": len(corners), "faces": len(faces)}
    assert np.isfinite(corners["place"]).all()
    assert set(faces["count"]) == {3}
    assert faces["corners"].min() == 0
    assert faces["corners"].max() == len(corners) - 1
    # The network takes all of its space for matter: the mesh is the box around it.
    assert corners["place"].min(axis=0) == pytest.approx(-1, abs=0.05)
    assert corners["place"].max(axis=0) == pytest.approx(1, abs=0.05)


def test_a_mesh_of_words(tmp_path, call):
    loaded = meshes.load_modeller(weights_of(tiny.save_shap_e(tmp_path)))
    check(meshes.shape(tiny.hurried(loaded), {"prompt": "a chair"}, call)[0])


def test_a_mesh_of_a_picture(tmp_path, call):
    folder = tiny.save_shap_e(tmp_path / "model", image=True)
    loaded = meshes.load_sculptor(weights_of(folder))
    photo = tiny.save_photo(tmp_path / "photo.png", 60, 30)
    check(meshes.sculpt(tiny.hurried(loaded), {"image": photo}, call)[0])


def test_an_empty_mesh_is_no_result(tmp_path, call):
    loaded = meshes.load_modeller(weights_of(tiny.save_shap_e(tmp_path)))
    loaded.model.shap_e_renderer.mlp.mlp[-1].bias.data[0] = -5
    with pytest.raises(TaskError, match="made an empty mesh"):
        meshes.shape(tiny.hurried(loaded), {"prompt": "nothing"}, call)


def test_a_painter_makes_no_meshes(tmp_path):
    with pytest.raises(TaskError, match="does not make mesh of prompt"):
        meshes.load_modeller(weights_of(tiny.save_stable_diffusion(tmp_path)))
