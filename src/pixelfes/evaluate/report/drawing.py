"""Figures as files: plots drawn by matplotlib without a screen, and sheets of pictures with a word above each."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.evaluate.judges.crops import cut, upright
from pixelfes.evaluate.run.candidates import Candidate
from pixelfes.extras import extra_module
from pixelfes.face.topology import MOUTH_CORNERS
from pixelfes.photos.reading import Photo
from pixelfes.photos.writing import encode_photo
from pixelfes.version import __version__

DPI = 150
COLUMNS = 8
COLOURS = {
    "pixel-rr": "#c0392b",
    "pixel-kr": "#e67e22",
    "mr": "#2c6fbb",
    "rr": "#7f8c8d",
    "lsrf": "#1e8449",
    "omp": "#8e44ad",
    "stargan": "#00838f",
    "ganimation": "#5d4037",
    "usgan": "#9e9d24",
    "copy": "#000000",
    "average": "#b7950b",
    "file": "#d81b8c",
}
_MADE_BY = f"pixelfes {__version__}, evaluate"
_LABEL, _LINE = 22, 14  # pixels above a tile: with one line of words, and for every further one
_LETTER = 7  # pixels, about
_GAP = 6
_MOUTH_SIDE = 1.7  # of a close-up, in widths of the mouth


@dataclass(frozen=True)
class Figure:
    """A figure of the report.

    Attributes
    ----------
    name, title, caption : str
    data : bytes
        The file.
    kind : {"png", "jpeg"}
    photos : bool
        Whether it shows photos that were given, so that it goes where they may go.
    """

    name: str
    title: str
    caption: str
    data: bytes
    kind: Literal["png", "jpeg"] = "png"
    photos: bool = False


@dataclass(frozen=True)
class Tile:
    """A picture (S, S, 3) of a sheet and the words above it."""

    label: str
    pixels: Pixels


def new_plot(width: float, height: float, columns: int = 1) -> tuple[Any, list[Any]]:
    """Return an empty plot, inches, and its axes side by side."""
    figure = extra_module("judge", "matplotlib.figure").Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    axes = figure.subplots(1, columns, squeeze=False)[0]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(visible=True, alpha=0.25, linewidth=0.6)
    return figure, list(axes)


def png_of(figure: Any) -> bytes:
    """Return a plot as a PNG file."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def style_of(candidate: Candidate) -> dict[str, Any]:
    """Return colour, line and marker of a candidate: the colour says the method, a full line and marker the mesh."""
    colour = COLOURS.get(candidate.method or candidate.kind, "#555555")
    on_grid = candidate.kind in ("method", "network") and candidate.registration == "grid"
    marker = {"copy": "X", "average": "D", "file": "*", "network": "^"}.get(candidate.kind, "o")
    return {
        "color": colour,
        "linestyle": "--" if on_grid else "-",
        "marker": marker,
        "markerfacecolor": "white" if on_grid else colour,
    }


def sheet(blocks: Sequence[Sequence[Tile]], columns: int = COLUMNS) -> bytes:
    """Return a JPEG file of blocks of tiles, each in rows of so many; marked as made by software."""
    rows = [list(block[n : n + columns]) for block in blocks for n in range(0, len(block), columns)]
    side = rows[0][0].pixels.shape[0]
    wide = max(len(row) for row in rows)
    label = _LABEL + _LINE * max(_broken(tile.label, side).count("\n") for row in rows for tile in row)
    step_x, step_y = side + _GAP, side + label + _GAP
    canvas = np.full((step_y * len(rows), step_x * wide - _GAP, 3), 255, np.uint8)
    words = []
    for j, row in enumerate(rows):
        for i, tile in enumerate(row):
            y, x = j * step_y + label, i * step_x
            canvas[y : y + side, x : x + side] = tile.pixels
            words.append((x + side / 2, y - 6, _broken(tile.label, side)))
    return encode_photo(Photo(_with_words(canvas, words)), "JPEG", made_by=_MADE_BY, quality=88)


def _broken(label: str, side: int) -> str:
    """Return a label in lines that fit above a tile of a side."""
    return "\n".join(textwrap.wrap(label, max(1, side // _LETTER)))


def _with_words(canvas: Pixels, words: Sequence[tuple[float, float, str]]) -> Pixels:
    height, width = canvas.shape[:2]
    figure = extra_module("judge", "matplotlib.figure").Figure(figsize=(width / 100, height / 100), dpi=100)
    figure.figimage(canvas)
    for x, y, text in words:
        figure.text(x / width, 1 - y / height, text, ha="center", va="baseline", fontsize=9, color="#222222")
    agg = extra_module("judge", "matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    agg.draw()
    return np.ascontiguousarray(np.asarray(agg.buffer_rgba())[..., :3])


def mouth_crop(pixels: Pixels, landmarks: Array, size: int) -> Pixels:
    """Cut out the mouth (size, size, 3), upright."""
    _, directions, _ = upright(landmarks)
    corners = landmarks[list(MOUTH_CORNERS), :2]
    step = _MOUTH_SIDE * float(np.linalg.norm(corners[1] - corners[0])) / size
    corner = corners.mean(0) @ directions - step * (size - 1) / 2
    return cut(pixels, np.column_stack([step * directions, directions @ corner]), size)
