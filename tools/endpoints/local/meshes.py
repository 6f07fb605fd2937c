"""Solid things made of words or a picture, as meshes."""

from collections.abc import Mapping
from typing import Any

from hugginggpt.tools.artifacts import Artifact
from hugginggpt.tools.endpoints import Call
from hugginggpt.tools.endpoints.embedded.given import given_text
from hugginggpt.tools.endpoints.local.diffusion import by_pipeline, run
from hugginggpt.tools.endpoints.local.families import Loaded
from hugginggpt.tools.errors import TaskError
from hugginggpt.tools.media import read_image

load_modeller = by_pipeline("prompt", gives="mesh")
load_sculptor = by_pipeline("image", gives="mesh")


def shape(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The thing that `prompt` says, as a coloured mesh in a PLY file."""
    return [_mesh(loaded, arguments, call, prompt=given_text(arguments, "prompt"))]


def sculpt(loaded: Loaded, arguments: Mapping[str, Any], call: Call) -> list[Artifact]:
    """The thing that the picture shows, as a coloured mesh in a PLY file."""
    return [_mesh(loaded, arguments, call, image=read_image(arguments["image"]))]


def _mesh(loaded: Loaded, arguments: Mapping[str, Any], call: Call, **settings: Any) -> Artifact:
    try:
        made = run(loaded, arguments, call, output_type="mesh", **settings).images[0]
    except ValueError as error:
        if "non-empty list" not in str(error):  # diffusers colours the corners, and there are none
            raise
        raise TaskError(f"{loaded.weights.model} made an empty mesh; ask for another") from error
    counts = {"vertices": len(made.verts), "faces": len(made.faces)}
    return call.workspace.write(as_ply(made), ".ply", "mesh", "mesh", **counts)


def as_ply(mesh: Any) -> bytes:
    """The mesh of diffusers as a binary PLY file: coloured corners, and triangles of them.

    `diffusers.utils.export_to_ply` does the same, corner by corner, and leaves its file open.
    """
    import numpy as np

    corners = np.empty(len(mesh.verts), [("place", "<f4", 3), ("colour", "u1", 3)])
    corners["place"] = mesh.verts.float().cpu().numpy()
    colours = [mesh.vertex_channels[name].float().cpu().numpy() for name in "RGB"]
    corners["colour"] = np.clip(np.stack(colours, axis=1) * 255, 0, 255).round()
    faces = np.empty(len(mesh.faces), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.faces.cpu().numpy()
    header = [
        "ply",
        "format binary_little_endian 1.0",
        f"element vertex {len(corners)}",
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {colour}" for colour in ("red", "green", "blue")),
        f"element face {len(faces)}",
        "property list uchar int vertex_index",
        "end_header\n",
    ]
    return "\n".join(header).encode() + corners.tobytes() + faces.tobytes()
