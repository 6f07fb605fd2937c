"""Where the user's own data lies."""

import os
from pathlib import Path


def data_folder() -> Path:
    """Where conversations and lessons are kept: HUGGINGGPT_DATA_DIR, or the user's data folder."""
    from platformdirs import user_data_path

    named = os.environ.get("HUGGINGGPT_DATA_DIR")
    return (
        Path(os.path.expanduser(named)) if named else user_data_path("hugginggpt", appauthor=False)
    )
