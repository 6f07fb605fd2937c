import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image
from scipy.signal import resample_poly

from hugginggpt.tools import media
from hugginggpt.tools.errors import FileInputError
from hugginggpt.tools.media import read_audio, read_image, read_table, read_text
from hugginggpt.tools.video import write_video


def sine(hertz: float, rate: int, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32)


def test_a_tone_above_half_the_rate_does_not_come_back_as_another_tone(tmp_path: Path):
    path = tmp_path / "whistle.wav"
    soundfile.write(path, 0.8 * sine(15_000, 44_100, 1.0), 44_100)

    samples = np.concatenate(list(read_audio(path, 16_000)))

    assert np.abs(samples[100:-100]).max() < 0.01  # linear interpolation gave 0.6 at 1 kHz


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 44_099])
def test_blocks_of_a_long_recording_join_without_seams(tmp_path: Path, rate: int):
    stereo = np.random.default_rng(0).normal(0, 0.1, (rate * 65, 2)).astype(np.float32)
    path = tmp_path / "long.wav"
    soundfile.write(path, stereo, rate, subtype="FLOAT")

    blocks = list(read_audio(path, 16_000))

    factor = np.gcd(rate, 16_000)
    expected = resample_poly(stereo.mean(axis=1), 16_000 // factor, rate // factor)
    assert len(blocks) > 1
    np.testing.assert_allclose(np.concatenate(blocks), expected, atol=1e-6)


def test_a_recording_keeps_its_length(tmp_path: Path):
    path = tmp_path / "short.flac"
    soundfile.write(path, sine(440, 22_050, 1.5), 22_050)

    assert sum(len(block) for block in read_audio(path, 16_000)) == 24_000


def test_a_two_hour_recording_is_refused_before_it_is_read(tmp_path: Path):
    path = tmp_path / "night.wav"
    soundfile.write(path, np.zeros(7200 * 100, dtype=np.int16), 100)

    with pytest.raises(FileInputError, match=r"'night.wav' is 120 minutes long"):
        list(read_audio(path))


@pytest.mark.parametrize(
    "content", [b"", b"hello, this is no recording", b"RIFF\x24\0\0\0WAVEfmt "]
)
def test_what_is_no_recording_is_named(tmp_path: Path, content: bytes):
    path = tmp_path / "note.wav"
    path.write_bytes(content)

    with pytest.raises(FileInputError, match=r"'note.wav'"):
        list(read_audio(path))


def test_a_recording_without_samples_is_refused(tmp_path: Path):
    path = tmp_path / "empty.wav"
    soundfile.write(path, np.zeros(0, dtype=np.int16), 16_000)

    with pytest.raises(FileInputError, match="without any sound"):
        list(read_audio(path))


def write_m4a(path: Path, samples: np.ndarray, rate: int, channels: int = 1) -> Path:
    with av.open(str(path), "w") as container:
        layout = "mono" if channels == 1 else "stereo"
        stream = container.add_stream("aac", rate=rate, layout=layout)
        planes = np.stack([samples] * channels).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return path


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (16_000, 1), (8_000, 1)])
def test_a_recording_that_soundfile_does_not_know(tmp_path: Path, rate: int, channels: int):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
    path = write_m4a(tmp_path / "tone.m4a", tone, rate, channels)
    heard = np.concatenate(list(read_audio(path)))
    assert abs(len(heard) - 2 * 16_000) < 3_000  # the codec adds silence at both ends
    strongest = np.abs(np.fft.rfft(heard)).argmax() * 16_000 / len(heard)
    assert abs(strongest - 440) < 5


def test_a_clip_without_sound_is_no_recording(tmp_path: Path):
    (tmp_path / "a.mp4").write_bytes(write_video([np.zeros((48, 64, 3), np.uint8)] * 3, 5))
    with pytest.raises(FileInputError, match="'a.mp4' is a recording without any sound"):
        list(read_audio(tmp_path / "a.mp4"))


def test_a_turned_photograph_is_read_upright(tmp_path: Path):
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # "rotate 90 degrees clockwise to show"
    Image.new("L", (40, 20)).save(path, exif=exif)

    image = read_image(path)

    assert (image.size, image.mode) == ((20, 40), "RGB")


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_transparent_picture_is_read_on_white(tmp_path: Path, mode: str):
    path = tmp_path / "logo.png"
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).convert(mode).save(path)
    assert read_image(path).getpixel((0, 0)) == (255, 255, 255)


def test_a_truncated_picture_is_named(tmp_path: Path):
    whole = tmp_path / "whole.png"
    Image.effect_noise((200, 200), 50).save(whole)
    path = tmp_path / "half.png"
    path.write_bytes(whole.read_bytes()[:3000])

    with pytest.raises(FileInputError, match=r"'half.png' is a broken or truncated picture"):
        read_image(path)


def test_a_huge_picture_is_refused_by_its_size(tmp_path: Path):
    header = b"IHDR" + struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    path = tmp_path / "huge.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT")

    with pytest.raises(FileInputError, match=r"'huge.png' .*pixels; at most 100,000,000"):
        read_image(path)


def test_text_named_png_is_no_picture(tmp_path: Path):
    path = tmp_path / "letter.png"
    path.write_text("Dear Sir or Madam")

    with pytest.raises(FileInputError, match=r"'letter.png' is not a picture"):
        read_image(path)


def test_binary_is_no_text(tmp_path: Path):
    path = tmp_path / "data.txt"
    path.write_bytes(bytes(range(256)))

    with pytest.raises(FileInputError, match=r"'data.txt' is not a text file"):
        read_text(path)


def test_the_separator_of_a_table_is_found(tmp_path: Path):
    path = tmp_path / "prices.csv"
    path.write_text("fruit;price\napple;1.20\npear;1.50\n")

    table = read_table(path)

    assert list(table.columns) == ["fruit", "price"]
    assert table["price"].tolist() == [1.2, 1.5]


def test_a_comma_is_a_decimal_point_where_semicolons_separate(tmp_path: Path):
    path = tmp_path / "preise.csv"
    path.write_text("obst;preis\napfel;1,20\nbirne;1,50\n")

    assert read_table(path)["preis"].tolist() == [1.2, 1.5]


def test_a_single_column_is_not_split(tmp_path: Path):
    path = tmp_path / "kinds.csv"
    path.write_text("kind\ncat\ndog\nbird\n")

    assert list(read_table(path).columns) == ["kind"]


def test_a_table_without_rows_is_refused(tmp_path: Path):
    path = tmp_path / "empty.csv"
    path.write_text("fruit,price\n")

    with pytest.raises(FileInputError, match=r"'empty.csv' is a table without rows"):
        read_table(path)


# --- bombs ----------------------------------------------------------------------------------


def test_a_picture_is_never_taken_for_a_program_in_postscript(tmp_path: Path):
    path = tmp_path / "a.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    with pytest.raises(FileInputError, match="'a.png' is not a picture"):
        read_image(path)


def test_text_packed_into_a_picture_is_not_unpacked_without_end(tmp_path: Path):
    path = tmp_path / "a.png"
    Image.new("L", (4, 4)).save(path)
    content = path.read_bytes()
    packed = b"zTXtk\0\0" + zlib.compress(bytes(100_000_000))
    chunk = struct.pack(">I", len(packed) - 4) + packed + struct.pack(">I", zlib.crc32(packed))
    path.write_bytes(content[:33] + chunk + content[33:])
    with pytest.raises(FileInputError, match="'a.png' is a broken"):
        read_image(path)


@pytest.mark.parametrize(("hertz", "channels"), [(2_000_000_000, 1), (16_000, 1000)])
def test_a_header_that_claims_too_much(tmp_path: Path, hertz: int, channels: int):
    path = tmp_path / "a.wav"
    data = bytes(2 * channels)
    form = struct.pack("<HHIIHH", 1, channels, hertz, 0, 2 * channels, 16)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    with pytest.raises(FileInputError, match=f"'a.wav' claims {hertz:,} hertz and {channels:,}"):
        list(read_audio(path))


TABLES = {
    "columns without end": "," * 30_000 + "\n1\n",
    "short rows under a long header": "," * 10_000 + "\n1" * 100_000,
    "lines of an old Mac": "," * 10_000 + "\r1" * 100_000,
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_a_table_that_grows_in_memory(tmp_path: Path, text: str):
    path = tmp_path / "a.csv"
    path.write_text(text, newline="")
    with pytest.raises(FileInputError, match="'a.csv' has .* columns; at most"):
        read_table(path)


def test_a_text_of_many_megabytes(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(media, "MAX_TEXT_BYTES", 1000)
    path = tmp_path / "a.txt"
    path.write_text("word " * 300)
    with pytest.raises(FileInputError, match="'a.txt' holds 1,500 bytes; at most 1,000"):
        read_text(path)
