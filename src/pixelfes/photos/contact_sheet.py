"""A contact sheet: pictures with their names, in rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pixelfes.arrays import Pixels

BACKGROUND, INK = 255, 20
_GAP = 8


def contact_sheet(pictures: Sequence[tuple[str, Pixels]], columns: int = 4, width: int = 320) -> Pixels:
    """Lay pictures of any sizes out in rows, their names below.

    Parameters
    ----------
    pictures : list of (name, (H, W, 3) uint8)
    columns : int
    width : int
        Of a picture on the sheet, pixels; its shape is kept.

    Returns
    -------
    (h, w, 3) uint8

    Examples
    --------
    >>> contact_sheet([("grey", np.full((50, 40, 3), 128, np.uint8))] * 3, columns=2, width=80).shape
    (264, 184, 3)
    """
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=max(12, width // 18))
    scaled = [
        (name, Image.fromarray(pixels).resize((width, max(1, round(width * pixels.shape[0] / pixels.shape[1])))))
        for name, pixels in pictures
    ]
    below = max(20, width // 12)
    height = max(picture.height for _, picture in scaled)
    rows = -(-len(scaled) // columns)
    size = (_GAP + columns * (width + _GAP), _GAP + rows * (height + below + _GAP))
    sheet = Image.new("RGB", size, (BACKGROUND,) * 3)
    draw = ImageDraw.Draw(sheet)
    for index, (name, picture) in enumerate(scaled):
        x = _GAP + index % columns * (width + _GAP)
        y = _GAP + index // columns * (height + below + _GAP)
        sheet.paste(picture, (x, y))
        draw.text((x + width / 2, y + height + below / 2), name, fill=(INK,) * 3, font=font, anchor="mm")
    return np.asarray(sheet)
