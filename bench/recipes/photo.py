"""Makes the benchmark's photograph: a 500 x 600 JPEG with the spectrum and the edges of a picture, the same on every run."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 500, 600
QUALITY = 85
SEED = 20261123
OUTPUT = Path(__file__).resolve().parent.parent / ".cache" / "photo.jpg"


def make(seed: int = SEED) -> Image.Image:
    random = np.random.default_rng(seed)
    ground = _clouds(random)
    picture = Image.fromarray(ground)
    _draw_shapes(picture, random)
    # A lens blurs edges slightly, a sensor adds grain: without both the JPEG's blocks compress unlike a photograph's.
    picture = picture.filter(ImageFilter.GaussianBlur(0.8))
    grain = random.normal(0, 2.5, (HEIGHT, WIDTH, 1)) + random.normal(0, 1, (HEIGHT, WIDTH, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8))


def _clouds(random: np.random.Generator) -> np.ndarray:
    """Noise whose amplitude falls with frequency, as natural images have it; the channels share most of it."""
    frequency = np.hypot(np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)[None, :])
    frequency[0, 0] = np.inf

    def field() -> np.ndarray:
        phases = np.fft.rfft2(random.normal(size=(HEIGHT, WIDTH)))
        values = np.fft.irfft2(phases / frequency**1.2, s=(HEIGHT, WIDTH))
        return values / values.std()

    shared = field()
    channels = [128 + 45 * shared + 18 * field() for _ in range(3)]
    return np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8)


def _draw_shapes(picture: Image.Image, random: np.random.Generator) -> None:
    draw = ImageDraw.Draw(picture, "RGBA")
    for _ in range(40):
        x, y = random.integers(0, WIDTH), random.integers(0, HEIGHT)
        width, height = random.integers(15, 160, size=2)
        colour = (*random.integers(20, 235, size=3).tolist(), int(random.integers(90, 220)))
        box = [int(x - width / 2), int(y - height / 2), int(x + width / 2), int(y + height / 2)]
        if random.random() < 0.5:
            draw.ellipse(box, fill=colour)
        else:
            draw.polygon([(box[0], box[3]), (int(x), box[1]), (box[2], box[3])], fill=colour)


if __name__ == "__main__":
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    make().save(OUTPUT, "JPEG", quality=QUALITY)
    print(f"wrote {OUTPUT}: {WIDTH} x {HEIGHT}, {OUTPUT.stat().st_size:,} bytes")
