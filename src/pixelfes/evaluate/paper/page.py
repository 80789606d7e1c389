"""The page "paper | here": tables, the figure, and the commands that make the rest of the paper's results."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from pixelfes.arrays import Pixels
from pixelfes.errors import InputError
from pixelfes.evaluate.paper.methods import LAMBDA
from pixelfes.evaluate.paper.pictures import COLUMNS
from pixelfes.file_writing import write_file
from pixelfes.reporting.tables import Table

PAGE, FIGURE, TABLES = "paper.md", "images/paper.jpg", "tables"
_QUALITY = 90

_INTRODUCTION = """# The paper, laid out again

Akram and Khan, "Pixel-based Facial Expression Synthesis", ICPR 2020 ([arXiv 2010.14397](https://arxiv.org/abs/2010.14397)),
beside what this package finds. One command writes this page:

```
{command}
```

As in the paper: crops of 128 x 128 by eyes and mouth, lambda {penalty}, weights and bias pulled to zero. In grey there is one
channel, so lambda counts once. In colour, Pixel-RR and Pixel-KR have one function a pixel for all channels. MR, as in its
authors' code, and RR have maps of their own for each. With min-max, every picture is brought to the range from 0 to 1 by
itself. The paper's own photos are from data sets that one has to ask for, so the people are {people}.
"""
_FIGURE = """## Pictures

People whom no fit has seen, in colour: {columns}.

![Kept-out people, before, after, and by every method]({figure})
"""
_REST = """## What other commands make

- **User study**: `pixelfes study new` lays it out. [The paper's shares and their
  intervals](study.md#the-papers-study-laid-out-again) are there.
- **An expression classifier**: `pixelfes evaluate PAIRS --expression-judge FILE.onnx --labels NAME,... --happy NAME`. Its rate
  on the untouched inputs stands in the same table; read that first. The paper's own judge, run as published, calls 95 % of
  neutral faces happy.
- **StarGAN, GANimation**: `pixelfes evaluate PAIRS --methods stargan,ganimation --network-steps N`; see
  [networks](networks.md).
- **Faces from elsewhere**: `pixelfes evaluate PAIRS --out-of-dataset FOLDER`.
"""


def check_page_folder(folder: Path, overwrite: bool) -> None:
    """Raise `InputError` if a folder holds something else than an earlier page, unless that may be written over."""
    if overwrite or not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder}: this is no folder")
    page = folder / PAGE
    ours = page.is_file() and page.read_bytes().startswith(_INTRODUCTION[:20].encode())
    if not ours and any(folder.iterdir()):
        raise InputError(f"{folder} holds other files: name a new folder, or add --overwrite")


def write_page(folder: Path, tables: Sequence[Table], figure: Pixels, command: str, people: str) -> Path:
    """Write the page, its figure, and its tables as CSV into a folder; return the path of the page."""
    for place in (folder / FIGURE).parent, folder / TABLES:
        place.mkdir(parents=True, exist_ok=True)
    parts = [
        _INTRODUCTION.format(command=command, penalty=LAMBDA, people=people),
        *(f"## {table.title}\n\n{table.note}\n\n{table.markdown(heading=False)}" for table in tables),
        _FIGURE.format(columns=", ".join(COLUMNS), figure=FIGURE),
        _REST,
    ]
    write_file(folder / FIGURE, _jpeg(figure))
    for table in tables:
        write_file(folder / TABLES / f"{table.name}.csv", table.csv().encode())
    write_file(folder / PAGE, "\n".join(parts).encode())
    return folder / PAGE


def _jpeg(pixels: Pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
