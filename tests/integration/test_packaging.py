"""The wheel: everything under one name, data included, nothing else at the top."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Names of the files in a wheel built from the tracked files."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-q", "-w", out, source], check=True, capture_output=True)
    with zipfile.ZipFile(next(out.glob("*.whl"))) as wheel:
        return wheel.namelist()


def test_one_name_at_the_top(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hugginggpt"}


def test_every_module_is_in(names):
    packages = ("app", "evals", "examples", "graph", "prompts", "tools")
    modules = {
        f"hugginggpt/{path.relative_to(ROOT).as_posix()}"
        for package in packages
        for path in (ROOT / package).rglob("*.py")
    }
    assert modules <= set(names)


@pytest.mark.parametrize(
    "name",
    [
        "hugginggpt/py.typed",
        "hugginggpt/evals/cases.jsonl",
        "hugginggpt/evals/report.html.j2",
        "hugginggpt/evals/suite/cases.toml",
        "hugginggpt/examples/files/receipt.png",
        "hugginggpt/graph/brain/embedded/cues.toml",
        "hugginggpt/graph/brain/embedded/examples/texts.jsonl",
        "hugginggpt/tools/endpoints/embedded/static/model.safetensors",
    ],
)
def test_data_is_in(names, name):
    assert name in names
