"""A Postgres of its own on loopback, in a temporary folder, for as long as it is used."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"
"""Who runs the server where we are root, which Postgres refuses to run as."""


def why_no_postgres() -> str:
    """What stands in the way of starting one; empty if nothing does."""
    if _programs() is None:
        return "Postgres is not installed; on Debian: apt-get install postgresql"
    if os.getuid() == 0 and USER not in {entry.pw_name for entry in pwd.getpwall()}:
        return f"Postgres refuses to run as root, and there is no user {USER!r}"
    return ""


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of an empty database."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        _run(folder, "initdb", "--auth=trust", f"--username={USER}", "--no-sync")
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
        _run(folder, "pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
        try:
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            _run(folder, "pg_ctl", "stop", "-m", "immediate")


def _programs() -> Path | None:
    """The folder with the server's programs; Debian keeps them out of the search path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (debian and debian[-1])
    return Path(found).parent if found else None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _run(folder: Path, program: str, *arguments: str) -> None:
    """Run one of the server's programs on the database in `folder`."""
    programs = _programs()
    assert programs is not None, why_no_postgres()
    subprocess.run(
        [programs / program, "--pgdata", folder / "data", *arguments],
        check=True,
        cwd=folder,
        user=USER if os.getuid() == 0 else None,
        stdout=subprocess.DEVNULL,
    )
