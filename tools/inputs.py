"""Arguments as endpoints take them: checked files for media, words for text."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio.to_thread

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.fetch import Network, fetch
from hugginggpt.tools.files import PARAGRAPH, Files, is_url
from hugginggpt.tools.kinds import Argument, TaskKind


@dataclass(frozen=True, slots=True)
class Inputs:
    """Finds what arguments name: files by their name, and by their address."""

    files: Files
    workspace: Workspace
    """Where what lies at an address is stored."""
    network: Network = "public"
    verbatim: Collection[str] = ()
    """Arguments that came out of other tasks: their text is content, never the name of a file."""

    async def resolve(self, kind: TaskKind, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that are given: text is `str`, media and tables are `Path`.

        Raises:
            FileInputError: a file or an address can't be used.

        """
        return await self._each(kind, arguments, self._resolve)

    async def fetch(self, kind: TaskKind, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments that are given, with files in place of addresses.

        Raises:
            FileInputError: an address can't be used.

        """
        return await self._each(kind, arguments, self._fetch)

    async def _each(
        self, kind: TaskKind, arguments: Mapping[str, Any], find: Any
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for argument in kind.arguments:
            value = arguments.get(argument.name)
            if value is None:
                continue
            if argument.many:
                found[argument.name] = [await find(argument, item) for item in value]
            else:
                found[argument.name] = await find(argument, value)
        return found

    async def _resolve(self, argument: Argument, value: Any) -> Any:
        if not self._may_name(argument, value):
            return value
        value = await self._fetch(argument, value)
        if argument.modality != "text":
            return await anyio.to_thread.run_sync(self.files.resolve, value, argument.modality)
        return await anyio.to_thread.run_sync(partial(_read_words, self.files, value))

    async def _fetch(self, argument: Argument, value: Any) -> Any:
        """The path of the downloaded file where `value` is an address; else `value`."""
        if not (self._may_name(argument, value) and is_url(value)):
            return value
        return str((await fetch(value, self.workspace, self.network)).path)

    def _may_name(self, argument: Argument, value: Any) -> bool:
        """Whether the value may stand for what lies in a file or at an address."""
        if argument.modality in ("data", "vector") or not isinstance(value, str):
            return False
        if argument.modality != "text":
            return True
        if argument.setting or argument.name in self.verbatim:
            return False
        last = value.rpartition(PARAGRAPH)[2].strip()
        return "." in last or "/" in last or last in self.files.given


def _read_words(files: Files, value: str) -> str:
    from hugginggpt.tools.media import read_text

    told = files.told_of(value)
    if told is not None:
        words, path = told
        return f"{words}{PARAGRAPH}{read_text(path)}"
    named = files.text_file(value)
    return value if named is None else read_text(named)
