"""Exit statuses of the command line."""

DONE = 0
FAILURES = 1
"""Answered, but something could not be done."""
BAD_INPUT = 2
BROKEN = 3
"""An error of ours."""
INTERRUPTED = 130
"""Ctrl-C, as shells have it: 128 + SIGINT."""
