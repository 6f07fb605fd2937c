"""The project's own end-to-end suite: requests with real files, and checks on what comes of them.

`cases.toml` holds the requests and names the checks of `checks.py`; `files.py` makes the files.
"""
