"""Makes small studies: plain pictures, a colour a candidate, so that a test sees at once what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from pixelfes.study.design.creation import StudyOptions, make_study
from pixelfes.study.design.study import Study

COLOURS = {"input": "#808080", "pixel-rr": "#3a7ca5", "mr": "#d98e32", "ganimation": "#7b9e3d"}
CANDIDATES = ("pixel-rr", "mr", "ganimation")


@dataclass(frozen=True)
class SmallStudy:
    """A study for a test: its folder, and the organiser's token."""

    study: Study
    folder: Path
    token: str


def draw_folders(folder: Path, names: Sequence[str], candidates: Sequence[str] = CANDIDATES, side: int = 64) -> None:
    """Draw folder/NAME.png for the input and each candidate: a head in the colour of the candidate, the item's name in it."""
    for which in ("input", *candidates):
        (folder / which).mkdir(parents=True)
        for n, name in enumerate(names):
            image = Image.new("RGB", (side, side + side // 4), "#c8c4ba")
            draw = ImageDraw.Draw(image)
            draw.ellipse((side // 8, side // 8, side * 7 // 8, side * 9 // 8), fill=COLOURS[which])
            draw.rectangle((0, 0, 3 + n, 3), fill="#000000")
            image.save(folder / which / f"{name}.png")


def small_study(
    folder: Path,
    *,
    n_items: int = 4,
    candidates: Sequence[str] = CANDIDATES,
    questions: Sequence[str] = ("overall",),
    per_participant: int | None = None,
    copies: int = 1,
    repeats: int = 1,
    side: int = 64,
    title: str = "Smiles",
    seed: int = 0,
) -> SmallStudy:
    """Make a study in folder/study."""
    draw_folders(folder / "pictures", [f"item{n}" for n in range(n_items)], candidates, side)
    options = StudyOptions(
        title=title,
        questions=tuple(questions),
        per_participant=per_participant,
        copies=copies,
        repeats=repeats,
        seed=seed,
    )
    folders = {name: folder / "pictures" / name for name in candidates}
    made = make_study(folder / "study", folder / "pictures" / "input", folders, options)
    return SmallStudy(made.study, folder / "study", made.token)
