"""No path in the source loads what may run code: pickles, remote code, evaluated text."""

import ast
import json
from pathlib import Path

import pytest

import hugginggpt.tools.endpoints.local.loading as loading
from hugginggpt.tools.endpoints.local.embeddings import load_embedder
from hugginggpt.tools.endpoints.local.families import Weights
from hugginggpt.tools.errors import TaskError

ROOT = Path(loading.__file__).resolve().parents[3]
SOURCES = sorted(
    path
    for folder in ("tools", "graph", "prompts", "evals", "app", "examples")
    for path in (ROOT / folder).rglob("*.py")
)
FORBIDDEN_IMPORTS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
FORBIDDEN_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "torch.load",
    "np.load",
    "numpy.load",
    "torch.hub.load",
    "torch.jit.load",
    "os.system",
    "os.popen",
    "yaml.load",
    "pd.read_pickle",
    "pandas.read_pickle",
    "load_state_dict_from_url",
    "skops.io.load",
}
FORBIDDEN_SETTINGS = {
    "trust_remote_code": True,
    "allow_pickle": True,
    "weights_only": False,
    "shell": True,
    "use_safetensors": False,
}
NO_WEIGHTS = ("AutoConfig", "AutoTokenizer")
"""Classes that read settings and words only."""


def nodes(path, kind):
    return [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, kind)]


def in_words(node):
    return ast.unparse(node)


each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))


def faults(path):
    """What the file does that may run the code of somebody else."""
    yield from bad_imports(path)
    for call in nodes(path, ast.Call):
        pairs = [(keyword.arg, keyword.value) for keyword in call.keywords]
        if in_words(call.func) in FORBIDDEN_CALLS or any(map(is_bad_setting, pairs)):
            yield in_words(call)
    for table in nodes(path, ast.Dict):
        pairs = zip((getattr(key, "value", None) for key in table.keys), table.values, strict=True)
        if any(map(is_bad_setting, pairs)):
            yield in_words(table)


def bad_imports(path):
    named = [alias.name for node in nodes(path, ast.Import) for alias in node.names]
    named += [node.module or "" for node in nodes(path, ast.ImportFrom)]
    return [name for name in named if name.split(".")[0] in FORBIDDEN_IMPORTS]


def is_bad_setting(pair):
    name, node = pair
    is_known = isinstance(name, str) and name in FORBIDDEN_SETTINGS
    return is_known and getattr(node, "value", None) is FORBIDDEN_SETTINGS[name]


@each_source
def test_nothing_that_runs_code_is_called(path):
    assert list(faults(path)) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(path)",
        "np.load(path, allow_pickle=True)",
        "AutoModel.from_pretrained(x, trust_remote_code=True)",
        "settings = {'trust_remote_code': True}",
        "subprocess.run('x', shell=True)",
    ],
)
def test_the_search_finds(line, tmp_path):
    path = tmp_path / "x.py"
    path.write_text(line)
    assert list(faults(path))


# --- from_pretrained ------------------------------------------------------------------------


def loadings():
    """Each call of `from_pretrained`, with the function that it stands in."""
    for path in SOURCES:
        for function in nodes(path, ast.FunctionDef):
            for call in ast.walk(function):
                is_call = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
                if is_call and call.func.attr == "from_pretrained":
                    yield path.relative_to(ROOT), function, call


LOADINGS = list(loadings())
each_loading = pytest.mark.parametrize(
    ("path", "function", "call"), LOADINGS, ids=[f"{p}:{c.lineno}" for p, _, c in LOADINGS]
)


def is_set(name, value, function, call):
    """Whether the call sets `name`, itself or by the settings that its function makes for it."""
    spelled = (f"{name}={value}", f"'{name}': {value}")
    by_name = "**SAFE" in in_words(call) and loading.SAFE.get(name) is value
    starred = [in_words(k.value) for k in call.keywords if k.arg is None]
    made = [
        in_words(n)
        for n in ast.walk(function)
        if isinstance(n, ast.AnnAssign | ast.Assign)
        and any(star in in_words(n).split("=")[0] for star in starred)
    ]
    return by_name or any(words in text for words in spelled for text in (in_words(call), *made))


@each_loading
def test_loading_asks_nobody_and_runs_no_code(path, function, call):
    assert is_set("local_files_only", True, function, call)
    # ControlNetModel knows no remote code, and takes no such setting.
    assert is_set("trust_remote_code", False, function, call) or "controlnet" in function.name


@each_loading
def test_loading_takes_safetensors_only(path, function, call):
    reads_none = any(name in in_words(call.func) for name in NO_WEIGHTS)
    is_processor = function.name == "load_processor"
    assert reads_none or is_processor or is_set("use_safetensors", True, function, call)


def test_all_loadings_are_found():
    found = sum(path.read_text("utf-8").count(".from_pretrained(") for path in SOURCES)
    assert len(LOADINGS) >= found > 5


# --- what a model itself names --------------------------------------------------------------

ODD_MODULES = [
    "joblib.numpy_pickle",
    "os.path",
    "modeling_evil.Evil",
    "sentence_transformers.util.misc.os",
    "sentence_transformers_evil.Model",
]


@pytest.mark.parametrize("kind", ODD_MODULES)
def test_a_model_of_sentence_transformers_names_no_class_of_others(kind, tmp_path):
    own = "sentence_transformers.sentence_transformer.modules.Transformer"
    modules = [{"idx": 0, "path": "", "type": own}, {"idx": 1, "path": "vocab.txt", "type": kind}]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    weights = Weights("some/model", tmp_path, None, "cpu", "float32", {})
    with pytest.raises(TaskError, match="needs code of its own .* never run"):
        load_embedder(weights)


@pytest.mark.parametrize("content", ["", "[1]", '[{"idx": 0}]', '{"a": "b"}', "7"])
def test_a_broken_list_of_modules(content, tmp_path):
    (tmp_path / "modules.json").write_text(content)
    weights = Weights("some/model", tmp_path, None, "cpu", "float32", {})
    with pytest.raises(TaskError, match="modules.json of some/model can't be read"):
        load_embedder(weights)
