"""What the user gives a command: words, files and settings, all checked before anything runs."""

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hugginggpt.app.terminal import complain
from hugginggpt.tools.errors import FileInputError, InputError, SettingError, WorkspaceError
from hugginggpt.tools.files import Files, inspect_file, is_url
from hugginggpt.tools.media import check_image

if TYPE_CHECKING:
    from pydantic import ValidationError

    from hugginggpt.graph.brain import Brain
    from hugginggpt.graph.context import Context
    from hugginggpt.graph.offers import Offers
    from hugginggpt.graph.request import Request
    from hugginggpt.tools.endpoints import Endpoint

_ADDRESSES = ("_URL", "_BASE", "_ENDPOINT", "_HOST")
_DETOURS = ("_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "_CA_BUNDLE", "HUGGINGGPT_DATABASE")


def load_settings(
    *,
    brain: str | None = None,
    endpoints: str | None = None,
    folder: str | None = None,
    approve: str | None = None,
    yes: bool | None = None,
    kept: Mapping[str, Any] | None = None,
) -> "Context":
    """The settings of a run: those given here, then the environment, then `.env`, then defaults.

    `yes` is said by commands that may ask the user: whether all is to be taken as answered; which
    plan is meant is asked only on a terminal. `kept` are the settings of a run that is gone on
    with; they take the place of the defaults.

    Raises:
        InputError: a setting does not fit, `.env` can't be read, or the folder not be written to.

    """
    from pydantic import ValidationError

    from hugginggpt.graph.context import Context

    _load_dotenv()
    given: dict[str, Any] = {
        "brain": brain,
        "endpoints": endpoints,
        "workspace": folder,
        "approve": approve,
    }
    if yes:
        given |= {"approve": "never", "clarify": False}
    defaults = {name: v for name, v in (kept or {}).items() if name in Context.model_fields}
    if yes is not None:
        defaults["clarify"] = sys.stdin.isatty() and sys.stderr.isatty()
    try:
        given = {name: value for name, value in given.items() if value is not None}
        context = Context(**given)
        if defaults:
            context = Context(**{**defaults, **context.model_dump(exclude_unset=True)})
    except ValidationError as error:
        raise SettingError("; ".join(_faults(error))) from error
    if not context.endpoints:
        raise SettingError("no endpoint is named: give at least one with --endpoints")
    if folder is not None:
        _check_folder(Path(folder).expanduser().absolute())
    return context


def _load_dotenv() -> None:
    """Add what `.env` says to the environment, which goes first.

    The folder may be somebody else's: its file must not say where the user's own keys are sent.
    """
    from dotenv import dotenv_values

    try:
        told = dotenv_values(Path(".env"))
    except (OSError, ValueError) as error:
        raise InputError(f"the file '.env' in this folder can't be read: {error}") from error
    new = {name: value for name, value in told.items() if value and name not in os.environ}
    for name in [name for name in new if _leads_keys_away(name)]:
        del new[name]
        complain(
            f"{name} in '.env' is not used: it says where keys or requests of yours would go. If "
            "you trust it, set it in the environment"
        )
    os.environ.update(new)


def _leads_keys_away(name: str) -> bool:
    """Whether the variable is an address, and the environment holds a key that would go there."""
    if name.upper().endswith(_DETOURS):
        return True
    if not name.endswith(_ADDRESSES):
        return False
    from hugginggpt.tools.catalogue.filters import has_token

    owner = "HF" if name.startswith("HUGGINGGPT_") else name.partition("_")[0]
    keys = (n for n in os.environ if n.endswith(("_KEY", "_TOKEN")) and n.startswith(f"{owner}_"))
    return any(keys) or (owner == "HF" and has_token())


def _faults(error: "ValidationError") -> Iterable[str]:
    """Each fault as a sentence that names the setting and the value."""
    for fault in error.errors(include_url=False):
        name = str(fault["loc"][0]) if fault["loc"] else "settings"
        reason = fault["msg"][:1].lower() + fault["msg"][1:]
        yield f"HUGGINGGPT_{name.upper()}={fault['input']!r}: {reason}"


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkspaceError(
            f"cannot write to the output folder {str(folder)!r}: {reason}"
        ) from error


def open_endpoints(context: "Context") -> "list[Endpoint]":
    """The endpoints that the settings name.

    Raises:
        SettingError: one of them does not exist.

    """
    from hugginggpt.tools.endpoints import open_endpoint

    return [open_endpoint(name, context.endpoint_settings) for name in context.endpoints]


def find_offers(context: "Context", brain: "Brain") -> "Offers":
    """What can run here, with these settings and that brain.

    Raises:
        SettingError: an endpoint does not exist.

    """
    from hugginggpt.graph.offers import Offers

    return Offers(context, open_endpoints(context), brain.endpoint(context))


def read_request(
    words: str, paths: Sequence[str], context: "Context"
) -> "tuple[Request, list[str]]":
    """The request with its files, and what is wrong with those."""
    from hugginggpt.graph.intake import read_files
    from hugginggpt.graph.request import Request

    resources, remarks = read_files(paths, Files(with_files(context, paths).readable))
    return Request(text=words, resources=resources, fresh=tuple(resources)), remarks


def read_words(request: str | None) -> str:
    """The request; `-` reads it from stdin.

    Raises:
        InputError: it is empty, or no text.

    """
    from hugginggpt.graph.intake import check_words

    text = _read_stdin() if request == "-" else request or ""
    check_words(text)
    return text.strip()


def _read_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the request on stdin is not UTF-8 text: {error}") from error


def check_files(names: Sequence[str]) -> list[str]:
    """Absolute paths of the files; addresses as they are.

    Raises:
        FileInputError: one can't be used; the text names it.

    """
    return [name if is_url(name) else _check_file(name) for name in names]


def _check_file(name: str) -> str:
    try:
        path = Path(name).expanduser().absolute()
        if inspect_file(path, name).modality == "image":
            check_image(path, name)
    except (OSError, RuntimeError) as error:  # RuntimeError: `~nobody`
        raise FileInputError(f"{name!r} can't be read: {error}") from error
    return str(path)


def with_files(context: "Context", files: Iterable[str]) -> "Context":
    """The settings, with exactly these files allowed besides the folders that are anyway."""
    exact = (name for name in files if not is_url(name))
    return context.model_copy(update={"roots": (*context.roots, *exact)})
