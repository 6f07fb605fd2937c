"""Make `files/receipt.png`: a receipt as a telephone would photograph it, the same every time.

Run by hand: `python -m hugginggpt.examples.make_receipt` (needs numpy and Pillow).
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from hugginggpt.examples import FOLDER

HEAD = ("GREENLEAF MARKET", "14 Station Road, Elmsford", "Tel. 020 7946 0188")
ROWS = (
    ("2024-05-18", "17:42"),
    ("", ""),
    ("Sourdough bread", "3.20"),
    ("Oat milk", "1.95"),
    ("Tomatoes 0.6 kg", "2.34"),
    ("Cheddar", "4.75"),
    ("Olive oil", "7.90"),
    ("Dark chocolate", "2.15"),
    ("", ""),
    ("SUBTOTAL", "22.29"),
    ("VAT 5 %", "1.11"),
    ("TOTAL", "EUR 23.40"),
    ("", ""),
    ("VISA **** 4821", "23.40"),
)
FOOT = ("Thank you for your visit!", "Open Mon-Sat 8 am - 8 pm")

WIDTH, HEIGHT, MARGIN = 560, 900, 44
SIZE = (760, 1080)
"""Width and height of the photograph, in pixels."""


def draw_receipt() -> Image.Image:
    """The receipt as it left the printer."""
    paper = Image.new("L", (WIDTH, HEIGHT), 246)
    draw = ImageDraw.Draw(paper)
    title, plain = ImageFont.load_default(38), ImageFont.load_default(27)
    y = 40
    for number, line in enumerate(HEAD):
        draw.text((WIDTH // 2, y), line, fill=40, font=plain if number else title, anchor="ma")
        y += 38 if number else 52
    y += 24
    for left, right in ROWS:
        font = title if left == "TOTAL" else plain
        draw.text((MARGIN, y), left, fill=45, font=font)
        draw.text((WIDTH - MARGIN, y), right, fill=45, font=font, anchor="ra")
        y += (48 if left == "TOTAL" else 38) if left else 22
    y += 26
    for line in FOOT:
        draw.text((WIDTH // 2, y), line, fill=45, font=plain, anchor="ma")
        y += 38
    return paper


def photograph(paper: Image.Image) -> Image.Image:
    """The paper on a table: seen at a slant, lit from one side, slightly out of focus, grainy."""
    chance = np.random.default_rng(7)
    sheet = np.asarray(paper, dtype=np.float32) + chance.normal(0, 3, (HEIGHT, WIDTH))
    ink = Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8))
    corners = ((92, 60), (676, 92), (640, 1022), (70, 986))
    warp = _perspective(corners)
    seen = ink.transform(SIZE, Image.Transform.PERSPECTIVE, warp, Image.Resampling.BICUBIC)
    mask = Image.new("L", paper.size, 255).transform(SIZE, Image.Transform.PERSPECTIVE, warp)
    photo = Image.composite(
        seen.convert("RGB"), _table(chance), mask.filter(ImageFilter.BoxBlur(1))
    )
    across = np.linspace(0, 1, SIZE[0])[None, :, None]
    down = np.linspace(0, 1, SIZE[1])[:, None, None]
    light = 1.04 - 0.30 * across * down - 0.14 * across
    warm = np.array([1.0, 0.975, 0.92])
    blurred = np.asarray(photo.filter(ImageFilter.GaussianBlur(0.7)), dtype=np.float32)
    grain = chance.normal(0, 1.4, (SIZE[1], SIZE[0], 1))
    lit = np.clip(blurred * light * warm + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(lit)


def _table(chance: np.random.Generator) -> Image.Image:
    """A dark wooden table: long streaks of brown."""
    streaks = chance.normal(0, 1, (SIZE[1] // 8, 4))
    grain = Image.fromarray(np.clip(128 + 30 * streaks, 0, 255).astype(np.uint8))
    wood = np.asarray(grain.resize(SIZE, Image.Resampling.BICUBIC), dtype=np.float32)[:, :, None]
    return Image.fromarray(np.clip(wood * np.array([0.72, 0.5, 0.34]), 0, 255).astype(np.uint8))


def _perspective(corners: tuple[tuple[int, int], ...]) -> list[float]:
    """What `Image.transform` needs to put the paper's four corners (clockwise) on `corners`."""
    paper = ((0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT))
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(corners, paper, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    wanted: NDArray[np.float64] = np.array(paper, dtype=float).ravel()
    return [float(each) for each in np.linalg.solve(np.array(rows, dtype=float), wanted)]


def main() -> None:
    """Write the picture, in 64 colours to keep it small."""
    photo = photograph(draw_receipt())
    photo.quantize(64, dither=Image.Dither.NONE).save(FOLDER / "receipt.png", optimize=True)


if __name__ == "__main__":
    main()
