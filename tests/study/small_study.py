"""Small studies of plain pictures, in one colour for each candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from pixelfes.study.design.creation import StudyOptions, make_study
from pixelfes.study.design.study import Study

COLOURS = {"input": "#808080", "pixel-rr": "#3a7ca5", "mr": "#d98e32", "ganimation": "#7b9e3d"}
CANDIDATES = ("pixel-rr", "mr", "ganimation")
_SIDE = 64


@dataclass(frozen=True)
class SmallStudy:
    """A study, its folder, and the organiser's token."""

    study: Study
    folder: Path
    token: str


def draw_folders(folder: Path, names: Sequence[str]) -> None:
    """Draw folder/WHICH/NAME.png for the input and each candidate: a disc in its colour, and a mark for the item."""
    for which in ("input", *CANDIDATES):
        (folder / which).mkdir(parents=True)
        for n, name in enumerate(names):
            image = Image.new("RGB", (_SIDE, _SIDE + _SIDE // 4), "#c8c4ba")
            draw = ImageDraw.Draw(image)
            draw.ellipse((_SIDE // 8, _SIDE // 8, _SIDE * 7 // 8, _SIDE * 9 // 8), fill=COLOURS[which])
            draw.rectangle((0, 0, 3 + n, 3), fill="#000000")
            image.save(folder / which / f"{name}.png")


def small_study(
    folder: Path, *, n_items: int = 4, questions: Sequence[str] = ("overall",), title: str = "Smiles"
) -> SmallStudy:
    """Draw pictures and make a study of them in folder/study."""
    draw_folders(folder / "pictures", [f"item{n}" for n in range(n_items)])
    options = StudyOptions(title=title, questions=tuple(questions))
    folders = {name: folder / "pictures" / name for name in CANDIDATES}
    made = make_study(folder / "study", folder / "pictures" / "input", folders, options)
    return SmallStudy(made.study, folder / "study", made.token)
