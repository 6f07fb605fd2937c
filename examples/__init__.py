"""The files of the demo, and where they are. What they are and whose: `CREDITS.md`."""

from pathlib import Path

FOLDER = Path(__file__).with_name("files")


def example(name: str) -> Path:
    """The example file of that name.

    Raises:
        FileNotFoundError: there is none; the text lists those that there are.

    """
    path = FOLDER / name
    if not path.is_file():
        names = ", ".join(sorted(each.name for each in FOLDER.iterdir()))
        raise FileNotFoundError(f"there is no example {name!r}; there are {names}")
    return path
