"""A real Postgres server on loopback, from Debian's package, in a folder of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "p@ss/w%rd"
"""Of the user `tester`."""
QUOTED = "p%40ss%2Fw%25rd"


def find(name):
    """The program of that name, on the path or where Debian puts it; None if there is none."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or next((str(place) for place in reversed(places)), None)


def obstacle():
    """Why no server can be started here; None if one can."""
    if os.name == "nt" or not (find("initdb") and find("pg_ctl")):
        return "Postgres is not installed: apt-get install postgresql"
    if os.geteuid() == 0 and not _user():
        return "Postgres does not run as root, and there is no user postgres"
    return None


def _user():
    """Whom the server runs as where we are root, which it refuses to be."""
    import pwd

    try:
        return pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    except KeyError:
        return None


def _run(name, *arguments):
    user = _user()
    switched = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    subprocess.run(
        [find(name), *map(str, arguments)], check=True, capture_output=True, cwd="/", **switched
    )


@contextmanager
def postgres():
    """Address of the database, of the user `tester`, for as long as the `with` lasts."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # one that the user postgres can reach
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if user := _user():
            os.chown(folder, user.pw_uid, user.pw_gid)
            os.chown(secret, user.pw_uid, user.pw_gid)
        data, port = folder / "data", _free_port()
        login = ("-U", "tester", "--auth=scram-sha-256", f"--pwfile={secret}")
        _run("initdb", "-D", data, *login, "--no-sync", "--locale=C", "-E", "UTF8")
        settings = f"-h 127.0.0.1 -p {port} -k '' -F"
        _run("pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start")
        try:
            yield f"postgresql://tester:{QUOTED}@127.0.0.1:{port}/postgres"
        finally:
            _run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
