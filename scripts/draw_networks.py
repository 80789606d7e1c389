"""Draw what trainings of the networks left behind for the documentation: their losses, and what they made of fictional people.

Usage: ``python scripts/draw_networks.py FOLDER...``, each the ``.training`` folder of one ``pixelfes fit --method stargan``
or its kin, named after the method, trained on fictional people; writes into ``docs/images``.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np

from pixelfes.arrays import Pixels
from pixelfes.baselines.settings import NETWORK_TITLES
from pixelfes.evaluate.report.drawing import COLOURS
from pixelfes.file_writing import write_file
from pixelfes.photos.reading import Photo, read_photo
from pixelfes.photos.writing import encode_photo
from pixelfes.version import __version__

mpl.use("Agg")

import matplotlib.pyplot as plt

OUT = Path(__file__).parents[1] / "docs/images"
PEOPLE, SHEETS, ENLARGED = 3, 3, 2.0
SHOWN = {
    "distance": "D(real) - D(made)",
    "critic_condition": "critic, condition of real ones",
    "generator_condition": "generator, condition of made ones",
    "cycle": "cycle, mean absolute error",
}
_SMOOTHED = 40


def main() -> None:
    """Draw both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainings", type=Path, nargs="+")
    trainings = {path.name.split(".")[0].split("-")[0]: path for path in parser.parse_args().trainings}
    draw_losses(trainings)
    sheets = np.concatenate([samples(path) for path in trainings.values()])
    made_by = f"pixelfes {__version__}, samples of trainings"
    write_file(OUT / "networks-samples.jpg", encode_photo(Photo(sheets), "JPEG", made_by=made_by, quality=88))


def draw_losses(trainings: dict[str, Path]) -> None:
    """Plot terms of the losses against steps: a column a term, a row a method, moving means."""
    figure, axes = plt.subplots(len(trainings), len(SHOWN), figsize=(13, 2.6 * len(trainings)), squeeze=False)
    for row, (method, path) in zip(axes, trainings.items(), strict=True):
        with (path / "losses.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        steps = np.array([int(line["step"]) for line in rows])
        for axis, (term, title) in zip(row, SHOWN.items(), strict=True):
            values = np.array([float(line[term]) for line in rows])
            window = np.ones(min(_SMOOTHED, len(values)))
            smooth = np.convolve(values, window / len(window), mode="valid")
            axis.plot(steps, values, color=COLOURS[method], alpha=0.2, linewidth=0.5)
            axis.plot(steps[-len(smooth) :], smooth, color=COLOURS[method])
            axis.set_ylim(*np.quantile(values, [0.005, 0.99]))
            axis.set_title(f"{NETWORK_TITLES[method]}: {title}", fontsize=9)
            axis.set_xlabel("step", fontsize=8)
    figure.tight_layout()
    figure.savefig(OUT / "networks-losses.png", dpi=100, metadata={"Software": f"pixelfes {__version__}"})


def samples(training: Path) -> Pixels:
    """Return a row a person: the input, what it became at some steps of the training, and the picture to be reached."""
    files = sorted((training / "samples").glob("*.png"))
    chosen = [files[i] for i in np.linspace(0, len(files) - 1, min(SHEETS, len(files))).round().astype(int)]
    sheets = [read_photo(file).pixels for file in chosen]
    side = sheets[0].shape[1] // 3
    rows = slice(0, PEOPLE * side)
    columns = [sheets[0][rows, :side], *(sheet[rows, side : 2 * side] for sheet in sheets), sheets[0][rows, 2 * side :]]
    picture = np.concatenate(columns, axis=1)
    return np.asarray(cv2.resize(picture, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_NEAREST), np.uint8)


if __name__ == "__main__":
    main()
