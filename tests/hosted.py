"""Parts for tests of the hosted endpoint: an endpoint on a stand-in server, and small files."""

import io
import wave
from contextlib import contextmanager
from dataclasses import replace

import av
import numpy as np
from inference_server import InferenceServer
from PIL import Image

from hugginggpt.tools.artifacts import Workspace
from hugginggpt.tools.candidates import Candidate
from hugginggpt.tools.endpoints import Call, EndpointSettings
from hugginggpt.tools.endpoints.hosted import HostedEndpoint

TOKEN = "hf_secret"


class Known:
    """A catalogue that knows what it is given."""

    def __init__(self, *candidates):
        self.given = candidates

    def models(self, kind):
        return [each for each in self.given if each.kind == kind.name]

    async def refresh(self, kinds):
        return


def candidate(kind, model=None, *, providers=("hf-inference",), **facts):
    return Candidate(
        model=model or f"someone/{kind}", kind=kind, endpoint="", providers=providers, **facts
    )


def endpoint(server: InferenceServer | None = None, *known, **settings):
    """A hosted endpoint, for which the server takes the place of the Hub."""
    opened = {"opens": server.opens} if server else {}
    return HostedEndpoint(EndpointSettings(**settings), catalogue=Known(*known), **opened)


async def ask(server, model: Candidate, arguments, folder, progress=None, **settings):
    """What the hosted endpoint makes of the arguments."""
    call = Call(Workspace(folder))
    call = replace(call, progress=progress) if progress else call
    return await endpoint(server, **settings).run(model, arguments, call)


@contextmanager
def hub(*replies, **facts):
    """A server that stands where the Hub and its router do, for us and for huggingface_hub."""
    with InferenceServer(*replies, **facts) as server, server.stand_in_for_the_hub():
        yield server


def picture(colour="white", size=(40, 30), form="PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()


def mask() -> bytes:
    """White in the left half, black in the right one."""
    image = Image.new("L", (40, 30), 0)
    image.paste(255, (0, 0, 20, 30))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def recording(seconds=0.5, rate=8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(np.zeros(int(seconds * rate), dtype="<i2").tobytes())
    return file.getvalue()


def clip(frames=4) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv420p"
        for shade in range(frames):
            pixels = np.full((16, 32, 3), shade * 40, dtype=np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return file.getvalue()
