"""Draw the page's icons as PNG, from its SVG, which holds rectangles only.

python scripts/make_web_icons.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw

PUBLIC = Path(__file__).parents[1] / "web" / "public"
FINER = 8  # drawn larger by this, then made smaller: smooth corners
# name, side in pixels, whether the ground fills the square, size of the signs: systems cut maskable icons, up to a circle
ICONS = (
    ("icon-192.png", 192, False, 1.0),
    ("icon-512.png", 512, False, 1.0),
    ("maskable-512.png", 512, True, 0.85),
    ("apple-touch-icon.png", 180, True, 0.9),
)


def drawn(svg: Path, side: int, filled: bool, size: float) -> Image.Image:
    """Return the icon with a side in pixels; its first rectangle is the ground, the others are signs on it."""
    root = ElementTree.parse(svg).getroot()  # noqa: S314 (a file of this repository)
    ground, *signs = (node for node in root.iter() if node.tag.endswith("rect"))
    extent = float(root.attrib["viewBox"].split()[2])
    scale = side * FINER / extent
    picture = Image.new("RGBA", (side * FINER, side * FINER))
    draw = ImageDraw.Draw(picture)
    radius = 0.0 if filled else float(ground.attrib["rx"]) * scale
    draw.rounded_rectangle((0, 0, side * FINER - 1, side * FINER - 1), radius, ground.attrib["fill"])
    for sign in signs:
        x, y, width, height = (float(sign.attrib[name]) for name in ("x", "y", "width", "height"))
        left, top = (extent / 2 + (start - extent / 2) * size for start in (x, y))
        corners = (left, top, left + width * size, top + height * size)
        draw.rectangle([corner * scale - (1 if i > 1 else 0) for i, corner in enumerate(corners)], "#fff")
    small = picture.resize((side, side), Image.Resampling.BOX)
    return small.convert("RGB") if filled else small


def main() -> None:
    """Write all icons."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PUBLIC / "icons"
    folder.mkdir(parents=True, exist_ok=True)
    for name, side, filled, size in ICONS:
        path = folder / name
        drawn(PUBLIC / "icon.svg", side, filled, size).save(path, "PNG", optimize=True)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
