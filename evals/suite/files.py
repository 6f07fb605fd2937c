"""The files of the suite, made by code: small, and the same every time, save what is spoken."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hugginggpt.examples import FOLDER as EXAMPLES

SIGNS = {
    "sign.png": ("NO PARKING", "Monday to Friday"),
    "menu.png": ("Soup of the day 4.50", "Grilled salmon 14.90", "Apple pie 5.20"),
    "ticket.png": ("FLIGHT BA 2490", "Gate 14", "Seat 22C", "Boarding 09:35"),
    "poster.png": ("Summer Concert", "Saturday 12 July 2025", "City Park"),
    "label.png": ("Handle with care", "Weight 12 kg"),
    "blank.png": (),
    "invoice.png": (
        "Invoice number 40718",
        "Date: 3 March 2025",
        "Bill to: Harbour Bakery Ltd",
        "Flour 25 kg 31.00",
        "Yeast 2 kg 9.40",
        "Total due: EUR 40.40",
    ),
    "letter.png": (
        "Dear Mrs Young,",
        "thank you for your order of 12 chairs.",
        "They will arrive on 17 June 2025.",
        "Yours sincerely,",
        "Peter Holm",
    ),
}
"""Printed lines of pictures."""

_SIDE = 740
"""Pixels; the shorter side is what OCR enlarges to at least 736, so that a square costs least."""

TEXTS = {
    "letter.txt": (
        "Dear Ms Okafor,\n\nThe inspection of your boiler is on 4 April 2025 at 10:30. Our "
        "engineer is Daniel Price. The visit costs GBP 85.00 and takes about an hour. If the date "
        "does not suit you, please call 020 7946 0321 or write to service@warmhouse.example.\n\n"
        "Warm regards,\nWarmhouse Heating"
    ),
    "happy.txt": "I love this kettle. It is fast, quiet and beautiful. Best gift ever!",
    "angry.txt": "Terrible. The kettle leaked, smelled awful and broke after two days. I hate it.",
    "plain.txt": "The kettle holds one and a half litres. The cord is one metre long.",
    "football.txt": "The striker scored twice, and the goalkeeper saved a late penalty.",
    "cooking.txt": "Fry the onions in butter, add rice and stir in hot stock until creamy.",
    "banking.txt": "The central bank raised its interest rate, and mortgage costs will follow.",
    "cat.txt": "A cat is sleeping on the sofa.",
    "kitten.txt": "A small kitten naps on the couch.",
    "hello.txt": "Good morning. The train to Bristol leaves from platform four.",
    "empty.txt": "",
}

SPOKEN = "The train to Bristol leaves from platform four."

ROOMS = ((20, "small"), (25, "small"), (30, "small"), (70, "large"), (80, "large"), (90, "large"))
"""Square metres and size of the rooms in `rooms.csv`."""


def make_files(folder: Path) -> dict[str, Path]:
    """The paths of all files by name, those that are missing made in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {name: folder / name for name in MAKERS}
    for name, path in made.items():
        if not path.exists():
            MAKERS[name](path)
    return made | {path.name: path for path in EXAMPLES.iterdir()}


def _sign(path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    lines = SIGNS[path.name]
    picture = Image.new("RGB", (_SIDE, _SIDE), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((40, 40 + 64 * number), line, fill="black", font=ImageFont.load_default(38))
    picture.save(path)


def _text(path: Path) -> None:
    path.write_text(TEXTS[path.name], encoding="utf-8")


def _shapes(path: Path) -> None:
    """A dark square and a dark circle on white."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (320, 240), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((30, 60, 130, 160), fill="black")
    draw.ellipse((180, 60, 280, 160), fill="black")
    picture.save(path)


def _two_faces(path: Path) -> None:
    """The portrait beside its mirror image."""
    from PIL import Image, ImageOps

    with Image.open(EXAMPLES / "portrait.jpg") as opened:
        face = opened.convert("RGB").resize((256, 256))
    picture = Image.new("RGB", (600, 256), "white")
    picture.paste(face, (0, 0))
    picture.paste(ImageOps.mirror(face), (344, 0))
    picture.save(path, quality=92)


def _spoken(path: Path) -> None:
    """A sentence between two seconds of silence, spoken by the embedded engine."""
    from hugginggpt.tools.endpoints.embedded.espeak import library, speak

    rate = library().rate
    speech = speak(SPOKEN, "en", 165)
    silence = b"\0\0" * 2 * rate
    _write_wave(path, silence + speech + silence, rate)


def _silence(path: Path) -> None:
    _write_wave(path, b"\0" * 2 * 16_000 * 2, 16_000)


def _write_wave(path: Path, samples: bytes, rate: int) -> None:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)


def _rooms(path: Path) -> None:
    """Rooms by area; the size of the last two is to be told."""
    rows = [f"{area + shift},{size}" for shift in (0, 1, 2) for area, size in ROOMS]
    path.write_text("\n".join(["area,size", *rows, "24,", "85,"]) + "\n", encoding="utf-8")


def _broken(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")


MAKERS: Mapping[str, Callable[[Path], None]] = {
    **dict.fromkeys(SIGNS, _sign),
    **dict.fromkeys(TEXTS, _text),
    "shapes.png": _shapes,
    "team.jpg": _two_faces,
    "spoken.wav": _spoken,
    "silence.wav": _silence,
    "rooms.csv": _rooms,
    "broken.png": _broken,
}
