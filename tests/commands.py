"""Commands as processes of their own, and the servers that they ask: a brain and a hosted model."""

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

from chat_server import ChatServer, by_stage
from inference_server import InferenceServer, Reply

KIND = "translation"


class Command:
    """`hugginggpt` in a process; what it writes to stderr can be waited for."""

    def __init__(self, *arguments, stdin=subprocess.DEVNULL, **settings):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hugginggpt", *map(str, arguments)],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **settings,
        )
        self.lines: list[str] = []
        self._out: list[str] = []
        self._threads = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stderr, self.lines), (self.process.stdout, self._out))
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, stream, lines):
        with stream:
            lines.extend(iter(stream.readline, ""))

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def until(self, happens, seconds=60):
        """Wait until `happens()`, or until the text is on stderr."""
        text = happens if isinstance(happens, str) else None
        end = time.monotonic() + seconds
        while not (text in self.errors if text else happens()):
            assert self.process.poll() is None, f"it has ended: {self.errors}"
            assert time.monotonic() < end, f"it did not happen: {self.errors}"
            time.sleep(0.01)

    def end(self, number=None, seconds=60):
        """Send the signal, if one is given, and return the exit status."""
        if number is not None:
            self.process.send_signal(number)
        status = self.process.wait(seconds)
        for thread in self._threads:
            thread.join()
        return status

    @property
    def errors(self):
        return "".join(self.lines)

    @property
    def out(self):
        return "".join(self._out)


def chain(*texts):
    """A plan of translations; each but the first works on the output of the one before."""
    tasks = [
        {
            "task": KIND,
            "id": number,
            "dep": [number - 1],
            "args": {"text": text if number == 0 else f"<GENERATED>-{number - 1}"},
        }
        for number, text in enumerate(texts)
    ]
    return json.dumps({"tasks": tasks, "reply": ""})


def translated(text, **settings):
    """How a hosted model answers."""
    return Reply([{"translation_text": text}], **settings)


@contextmanager
def serving(monkeypatch, tmp_path, *replies, **script):
    """A brain that follows `script`, and a hosted model that answers with `replies`.

    All commands ask these two.
    """
    script = {"respond": "All is translated.", **script}
    with ChatServer(by_stage(**script)) as brain, InferenceServer(*replies) as model:
        listed = f'[[model]]\nurl = "{model.url}/model"\nkinds = ["{KIND}"]\n'
        (tmp_path / "models.toml").write_text(listed)
        monkeypatch.setenv("OPENAI_BASE_URL", brain.url)
        monkeypatch.setenv("HUGGINGGPT_BRAIN", "openai:scripted")
        monkeypatch.setenv("HUGGINGGPT_BRAIN_AS_ENDPOINT", "never")
        monkeypatch.setenv("HUGGINGGPT_ENDPOINTS", "hosted")
        monkeypatch.setenv("HUGGINGGPT_MODELS", str(tmp_path / "models.toml"))
        monkeypatch.setenv("HUGGINGGPT_DATA_DIR", str(tmp_path / "data"))
        yield brain, model


def said(model):
    """What the model was asked to translate, in order."""
    return [post.json["inputs"] for post in model.posts]
