"""Commands on a terminal of their own."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty")


class Terminal:
    """A command on a terminal: what it writes is waited for, then a line is typed."""

    def __init__(self, *command, prompt, **settings):
        self._ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "120", "LINES": "40", **settings}
        self._process = subprocess.Popen(
            [sys.executable, *command], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.close(theirs)
        self.written = ""
        self.prompt = prompt

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._ours)
        self._process.kill()
        self._process.wait()

    def until(self, text):
        """What is written from now on, up to `text`."""
        while text not in self.written:
            self.written += self._read()
        before, _, self.written = self.written.partition(text)
        return before

    def say(self, line):
        """Type `line` at the prompt; what stands before the prompt is returned."""
        before = self.until(self.prompt)
        self.type(line)
        return before

    def type(self, line):
        """Type `line`, whatever is or is not asked."""
        os.write(self._ours, f"{line}\n".encode())

    def interrupt(self):
        """Press Ctrl-C at the prompt, again where nothing comes of it."""
        self.until(self.prompt)
        answered = False
        while not answered:
            # Python loses it between the prompt and the wait for a line: nobody types so fast.
            time.sleep(0.2)
            self._process.send_signal(signal.SIGINT)
            answered = bool(select.select([self._ours], [], [], 5)[0])

    def rest(self):
        """What is written to the end, and the exit status."""
        try:
            while True:
                self.written += self._read()
        except EOFError:
            return self.written, self._process.wait()

    def _read(self):
        try:
            piece = os.read(self._ours, 4096)
        except OSError:  # Linux's way to say that the other side is closed
            piece = b""
        if not piece:
            raise EOFError(self.written)
        return piece.decode()
