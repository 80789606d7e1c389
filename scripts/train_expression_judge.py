"""Train the shipped judge of smiles, after measuring it on people that it has not seen.

Usage: ``python scripts/train_expression_judge.py ../shared/data/london``. Five folds by person; in each the penalty is chosen
by the log loss of five inner folds of the training people alone, so that the figures printed and stored owe nothing to the
people they are measured on. The shipped judge is then trained on everybody, with the penalty `PENALTY`. Prints the SHA-256 to
put into ``pixelfes.evaluate.judges.classifier_file.SHIPPED_JUDGES``. A minute on two cores.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pixelfes import MediaPipeLandmarks, load_pairs
from pixelfes.arrays import Array
from pixelfes.evaluate.judges.classifier import PENALTY, SIZE, ExpressionClassifier, FaceFeatures, fit_linear, logistic
from pixelfes.evaluate.judges.classifier_file import save_judge
from pixelfes.evaluate.judges.expression import JudgeInfo, KeptOut, kept_out
from pixelfes.evaluate.run.people_facts import group_people, read_people
from pixelfes.face.alignment import mean_shape
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.detector.mediapipe_model import cache_folder
from pixelfes.photos.reading import read_photo

ASSETS = Path(__file__).parents[1] / "src/pixelfes/assets"
FOLDS = 5
PENALTIES = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 3.0)
ATTRIBUTION = (
    "DeBruine, L., & Jones, B. (2017). Face Research Lab London Set. figshare. "
    "https://doi.org/10.6084/m9.figshare.5047666.v5. CC BY 4.0. Averages and a regression were computed from the photos."
)


@dataclass(frozen=True)
class Faces:
    """Both photos of everybody, neutral first: pixels, landmarks, labels and people, in one order."""

    pixels: list[npt.NDArray[np.uint8]]
    landmarks: list[Array]
    labels: npt.NDArray[np.int64]
    people: npt.NDArray[np.int64]
    names: list[str]


@dataclass(frozen=True)
class Seen:
    """The features of all faces, under the mean shape of some of the people."""

    textures: Array
    shapes: Array

    def scores(self, faces: Faces, train: npt.NDArray[np.bool_], test: npt.NDArray[np.bool_], penalty: float) -> Array:
        """Return the scores of some faces by a judge trained on others."""
        truth = faces.labels[train] == 1
        texture, shape, offset = fit_linear(self.textures[train], self.shapes[train], truth, penalty)
        seen = (self.textures[test] * texture).sum((1, 2)) + (self.shapes[test] * shape).sum((1, 2))
        return logistic(seen + offset)


def main() -> None:
    """Measure, train, and write."""
    folder = Path(sys.argv[1])
    faces = read_faces(folder)
    facts = read_people(folder)
    mouths = [facts[name].smile_mouth if name in facts else None for name in faces.names]
    kinds = [mouths[p] if label else None for p, label in zip(faces.people, faces.labels, strict=True)]
    scores = kept_out_scores(faces)
    measured = kept_out(scores, faces.labels, people=faces.people.tolist(), kinds=kinds)
    print_figures(measured, "all")
    for title, groups in group_people(faces.names, facts).items():
        for name, members in groups.items():
            chosen = np.isin(faces.people, members)
            own = kept_out(scores[chosen], faces.labels[chosen], people=faces.people[chosen].tolist())
            print_figures(own, f"{title}: {name} ({len(members)})")
    info = JudgeInfo(
        name="linear classifier on registered texture and shape",
        kept_out=measured,
        training_data=f"Face Research Lab London Set (version 5): both photos of {len(faces.names)} people",
        licence="Apache-2.0 (weights); learned from photos under CC BY 4.0",
        attribution=ATTRIBUTION,
    )
    judge = ExpressionClassifier.fit(faces.pixels, faces.landmarks, faces.labels, info=info)
    path = ASSETS / "happy_judge.safetensors"
    save_judge(judge, path)
    print(f"{path}: {path.stat().st_size} bytes, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


def read_faces(folder: Path) -> Faces:
    """Read both photos of everybody."""
    pairs = load_pairs(folder)
    pixels = [read_photo(photo).pixels for pair in pairs for photo in (pair.input, pair.target)]
    provider = CachedLandmarks(MediaPipeLandmarks(), cache_folder() / "landmarks")
    n = len(pairs)
    landmarks = [provider.detect(photo)[0] for photo in pixels]
    return Faces(pixels, landmarks, np.tile([0, 1], n), np.repeat(np.arange(n), 2), [pair.name for pair in pairs])


def kept_out_scores(faces: Faces) -> Array:
    """Return the score of every photo by the judge that has not seen its person."""
    scores = np.zeros(len(faces.labels))
    for fold in range(FOLDS):
        test = faces.people % FOLDS == fold
        seen = look(faces, ~test)
        losses = [inner_loss(faces, seen, ~test, penalty) for penalty in PENALTIES]
        best = PENALTIES[int(np.argmin(losses))]
        scores[test] = seen.scores(faces, ~test, test, best)
        table = ", ".join(f"{penalty:g}: {loss:.3f}" for penalty, loss in zip(PENALTIES, losses, strict=True))
        print(f"fold {fold}: inner log loss by penalty {table}; chosen {best:g}; shipped {PENALTY:g}")
    return scores


def look(faces: Faces, train: npt.NDArray[np.bool_]) -> Seen:
    """Return the features of all faces under the mean shape of the training people."""
    features = FaceFeatures(mean_shape(_chosen(faces.landmarks, train)), SIZE)
    textures = [features.texture(p, x) for p, x in zip(faces.pixels, faces.landmarks, strict=True)]
    return Seen(np.array(textures), np.array([features.shape(points) for points in faces.landmarks]))


def inner_loss(faces: Faces, seen: Seen, train: npt.NDArray[np.bool_], penalty: float) -> float:
    """Return the log loss of inner folds by person, of the training people alone."""
    scores = np.zeros(len(faces.labels))
    place = np.searchsorted(np.unique(faces.people[train]), faces.people)
    for fold in range(FOLDS):
        test = train & (place % FOLDS == fold)
        scores[test] = seen.scores(faces, train & ~test, test, penalty)
    return kept_out(scores[train], faces.labels[train]).log_loss


def print_figures(measured: KeptOut, of: str) -> None:
    """Print one line of figures."""
    kinds = "".join(f", {kind} {share:.1%}" for kind, share in measured.called.items())
    print(
        f"{of}: {measured.n_photos} photos, accuracy {measured.accuracy:.1%}, AUC {measured.auc:.3f}, "
        f"log loss {measured.log_loss:.3f}, own photos in order {measured.within_person or 0:.1%}; called happy: "
        f"neutral {measured.neutral_called:.1%}, smiling {measured.expressive_called:.1%}{kinds}"
    )


def _chosen(faces: Sequence[Array], which: npt.NDArray[np.bool_]) -> list[Array]:
    return [face for face, use in zip(faces, which, strict=True) if use]


if __name__ == "__main__":
    main()
