import av
import numpy as np
import pytest
from tiny.pipelines import save_clip

from hugginggpt.tools import video
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.video import clip_seconds, read_frames, write_video


def test_frames_come_back_as_they_were_written(tmp_path):
    greys = [np.full((32, 48, 3), n / 8) for n in range(9)]
    path = tmp_path / "clip.mp4"
    path.write_bytes(write_video(greys, 5))
    frames = read_frames(path, 100)
    assert [frame.size for frame in frames] == [(48, 32)] * 9
    read = [np.asarray(frame).mean() / 255 for frame in frames]
    assert read == pytest.approx([n / 8 for n in range(9)], abs=0.03)
    assert clip_seconds(path) == pytest.approx(9 / 5, abs=0.01)


@pytest.mark.parametrize("count", [1, 4, 9, 10, 50])
def test_frames_are_spread_over_the_clip(tmp_path, count):
    path = save_clip(tmp_path / "clip.mp4", frames=30, rate=10)
    frames = read_frames(path, count)
    assert len(frames) == min(count, 30)
    brightness = [np.asarray(frame).mean() for frame in frames]
    assert brightness == sorted(brightness)  # the clip goes from black to white


def save_greys(path, count, *, form=None, between_keys=250):
    """A clip from black to white, its key frames that many frames apart at most."""
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream("libx264", rate=10, options={"g": str(between_keys)})
        stream.width, stream.height, stream.pix_fmt = 32, 16, "yuv420p"
        for number in range(count):
            grey = np.full((16, 32, 3), 255 * number // count, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())
    return path


def brightness(frames):
    return [np.asarray(frame).mean() for frame in frames]


def test_clip_that_does_not_tell_its_length(tmp_path):
    frames = read_frames(save_greys(tmp_path / "raw.h264", 30, form="h264"), 4)
    assert len(frames) == 4
    assert brightness(frames)[-1] > 150  # the last quarter is seen too


@pytest.mark.parametrize("between_keys", [3, 250])
def test_long_clip_is_seen_from_end_to_end(tmp_path, monkeypatch, between_keys):
    monkeypatch.setattr(video, "_SHORT_SECONDS", 1)
    path = save_greys(tmp_path / "clip.mp4", 60, between_keys=between_keys)
    frames = read_frames(path, 5)
    assert len(frames) == 5
    assert brightness(frames) == sorted(brightness(frames))
    assert brightness(frames)[-1] > 150


def test_clip_that_was_filmed_lying_on_its_side_is_turned_upright(tmp_path):
    path = save_greys(tmp_path / "clip.mp4", 3)
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 44  # the matrix of ISO 14496-12, 8.3.2
    quarter = np.array([0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000], ">i4")
    content[place : place + 36] = quarter.tobytes()
    path.write_bytes(content)
    assert read_frames(path, 1)[0].size == (16, 32)


def test_bytes_and_odd_sides(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(write_video([np.zeros((17, 33, 3), np.uint8)] * 2, 8))
    assert read_frames(path, 2)[0].size == (32, 16)


@pytest.mark.parametrize("content", [b"", b"not a clip", b"\x00\x00\x00\x18ftypmp42"])
def test_a_broken_clip_is_named(tmp_path, content):
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(FileInputError, match="'broken.mp4' is not a clip"):
        read_frames(path, 4)


def test_a_recording_is_no_clip(tmp_path):
    from tiny.audio import save_sound

    with pytest.raises(FileInputError, match="'said.wav' is no clip: it has no pictures"):
        read_frames(save_sound(tmp_path / "said.wav", 1), 4)


@pytest.mark.parametrize(
    ("limit", "value", "complaint"),
    [
        ("MAX_VIDEO_SECONDS", 2, "minutes long"),
        ("MAX_FRAME_PIXELS", 100, "32 x 16 pixels"),
        ("MAX_FRAMES", 9, "over 9 pictures"),
    ],
)
def test_too_large_a_clip_is_refused(tmp_path, monkeypatch, limit, value, complaint):
    path = save_clip(tmp_path / "clip.mp4", frames=30, rate=10)
    monkeypatch.setattr(video, limit, value)
    with pytest.raises(FileInputError, match=complaint):
        read_frames(path, 4)
