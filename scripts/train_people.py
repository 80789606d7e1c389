"""Learn the model that fictional people are drawn from, and write it to ``src/pixelfes/assets/people.safetensors``.

Usage: ``python scripts/train_people.py LONDON_FOLDER [-o FILE] [--without ID ...]``. It takes five minutes on two cores and
needs the extra ``judge``. It prints the error of storing the components in 8 bits, and the SHA-256 of the file.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from people_contours import PortraitMeshes, contours
from people_likeness import Likeness, learn_likeness
from people_photos import EYE_DISTANCE, EYES_MIDDLE, Person, load_people
from people_textures import AtlasMasks, RegisteredPortraits, fitted_vertices, mean_atlas, register_portraits
from pixelfes import FaceDetector
from pixelfes.arrays import Array, Floats
from pixelfes.expression.displacement import OPEN_MOUTH, Displacement, PairStates, lip_gap
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.topology import EXPRESSIVE_POINTS, face_topology
from pixelfes.file_writing import write_file
from pixelfes.people.appearance_file import PEOPLE_FILE, load_people_model
from pixelfes.people.appearance_model import Components, Population, TextureMasks, texture_to_values
from pixelfes.people.portrait_mesh import Atlas, mirror_vertices
from pixelfes.tensor_file import pack
from pixelfes.user_cache import cache_folder
from pixelfes.version import __version__

ASSET = Path(__file__).parents[1] / "src" / "pixelfes" / "assets" / "people.safetensors"
ATTRIBUTION = (
    "Means and components of photos of the Face Research Lab London Set (DeBruine and Jones 2017, "
    "https://doi.org/10.6084/m9.figshare.5047666.v5, CC BY 4.0); faces registered, no photo contained"
)
COMPONENTS = {"shape": 40, "texture": 40, "movement": 16, "change": 16, "teeth": 8}
EFFECT_PENALTY = 2.0  # of the ridge regression on age, gender, origin and smile, in samples
DIAGONAL = 0.15  # share of the covariance that is replaced by its diagonal


@dataclass(frozen=True)
class Samples:
    """The training samples, people and their mirror images: (2 N, D) each, teeth (2 M, D)."""

    shape: Array
    movement: Array
    texture: Floats
    change: Floats
    teeth: Floats


def main() -> None:
    """Learn from the whole set or a part of it, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=ASSET)
    parser.add_argument("--without", nargs="*", default=[], metavar="ID", help="people to leave out")
    arguments = parser.parse_args()
    data = train(arguments.folder, frozenset(arguments.without))
    write_file(arguments.output, data)
    print(f"{arguments.output}: {len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


def train(folder: Path, without: frozenset[str] = frozenset(), checked: bool = True) -> bytes:
    """Return the bytes of a model that is learnt from all people of a folder except ``without``.

    Unless ``checked``, the people it draws may look like those of the training set; this saves minutes.
    """
    provider = CachedLandmarks(FaceDetector(), cache_folder() / "landmarks")
    people = load_people(folder, provider, without)
    outlines = contours(people)
    meshes = PortraitMeshes(np.mean([person.neutral.points for person in people], axis=0))
    lines = list(zip(outlines.outline, outlines.hairline, outlines.neck, strict=True))
    before = np.array([meshes.vertices(p.neutral.points, *own) for p, own in zip(people, lines, strict=True)])
    after = np.array([meshes.vertices(p.smiling.points, *own) for p, own in zip(people, lines, strict=True)])
    points = np.array([[_canonical(p.neutral.points), _canonical(p.smiling.points)] for p in people])
    gaps = lip_gap(points[:, 1])
    is_open = gaps - lip_gap(points[:, 0]) > OPEN_MOUTH
    atlas = mean_atlas(after[is_open].mean(0))
    masks = AtlasMasks.of(atlas)
    registered = register_portraits(people, (before, after), atlas, masks, is_open)
    pictures = {"opacity": _bytes(registered.opacity), "face": _bytes(masks.face), "mouth": _bytes(masks.mouth)}
    samples = _samples(points, before, registered, TextureMasks.of(**pictures))
    _, states = Displacement.fit([p.neutral.points for p in people], [p.smiling.points for p in people])
    arrays, header = _contents(people, samples, atlas, pictures, is_open, states, points)
    unchecked = _file(arrays, header, Likeness.none(len(arrays["spread"])))
    if not checked:
        return unchecked
    return _file(arrays, header, learn_likeness(load_people_model(unchecked), people))


def _file(arrays: dict[str, npt.NDArray[np.generic]], header: dict[str, object], likeness: Likeness) -> bytes:
    complete = arrays | {
        "projection": likeness.projection.astype(np.float32),
        "known": likeness.known.astype(np.float16),
    }
    return pack(PEOPLE_FILE, header | {"nearest": likeness.nearest}, complete)


def _canonical(points: Array) -> Array:
    """Convert landmarks (468, 3) from frame pixels to canonical coordinates."""
    return np.column_stack([points[:, :2] - EYES_MIDDLE, points[:, 2]]) / EYE_DISTANCE


def _bytes(picture: Floats) -> npt.NDArray[np.uint8]:
    return np.asarray(np.round(255 * picture), np.uint8)


def _samples(points: Array, vertices: Array, registered: RegisteredPortraits, masks: TextureMasks) -> Samples:
    """Return the samples of landmarks (N, 2, 468, 3), canonical, meshes (N, 540, 2), frame pixels, and textures."""
    fitted = fitted_vertices((vertices - EYES_MIDDLE) / EYE_DISTANCE)
    mirror = mirror_vertices()
    flipped = fitted_vertices((vertices[:, mirror] - EYES_MIDDLE) / EYE_DISTANCE) * [-1, 1]
    mirrored = points[:, :, face_topology().mirror] * [-1, 1, 1]
    shape = np.concatenate([_joined(points[:, 0], fitted), _joined(mirrored[:, 0], flipped)])
    step = np.concatenate([points[:, 1] - points[:, 0], mirrored[:, 1] - mirrored[:, 0]])

    def both(pictures: Floats) -> Floats:
        return np.concatenate([pictures, pictures[:, :, ::-1]])

    return Samples(
        shape,
        step.reshape(len(step), -1),
        np.array([texture_to_values(picture, masks.person) for picture in both(registered.neutral)]),
        np.array([texture_to_values(picture, masks.face) for picture in both(registered.change)]),
        np.array([picture[masks.mouth].ravel() for picture in both(registered.teeth)]),
    )


def _joined(points: Array, fitted: Array) -> Array:
    """Return landmarks and fitted vertices of N people as rows (N, D)."""
    return np.concatenate([points.reshape(len(points), -1), fitted.reshape(len(fitted), -1)], axis=1)


def _contents(
    people: list[Person],
    samples: Samples,
    atlas: Atlas,
    pictures: dict[str, npt.NDArray[np.uint8]],
    is_open: npt.NDArray[np.bool_],
    states: PairStates,
    points: Array,
) -> tuple[dict[str, npt.NDArray[np.generic]], dict[str, object]]:
    """Return the arrays and the header of the model's file, without the `Likeness`."""
    components, scores = _all_components(samples)
    population = _population(people, is_open, states)
    effects, spread = _latent(scores, _covariates(people, population, is_open, states))
    arrays: dict[str, npt.NDArray[np.generic]] = dict(pictures)
    for name, learnt in components.items():
        for field in ("mean", "components", "scale"):
            arrays[f"{name}.{field}"] = getattr(learnt, field)
        arrays[f"{name}.mean"] = learnt.mean.astype(
            np.float16 if name in ("texture", "change", "teeth") else np.float32
        )
    moved = (points[:, 1] - points[:, 0])[:, list(EXPRESSIVE_POINTS)][is_open].mean(0)
    matrices = {"effects": effects, "spread": spread, "direction": moved / (moved**2).sum()}
    arrays |= {name: value.astype(np.float32) for name, value in matrices.items()}
    arrays |= {"atlas": atlas.vertices.astype(np.float32)}
    header: dict[str, object] = {
        "format_version": PEOPLE_FILE.version,
        "package_version": __version__,
        "n_people": len(people),
        "population": vars(population),
        "licence": "CC BY 4.0",
        "attribution": ATTRIBUTION,
    }
    return arrays, header


def _all_components(samples: Samples) -> tuple[dict[str, Components], Array]:
    """Return the components of each kind of sample, and the scores (2 N, K) of all of them but the teeth."""
    components, scores = {}, []
    for name in ("shape", "texture", "movement", "change", "teeth"):
        values = getattr(samples, name)
        components[name], own = _principal_components(
            values, COMPONENTS[name], np.float16 if name in ("shape", "movement") else np.int8
        )
        _report(name, values, components[name], own)
        scores += [own] if name != "teeth" else []
    return components, np.concatenate(scores, axis=1)


def _principal_components(values: npt.NDArray[np.float32] | Array, count: int, dtype: type) -> tuple[Components, Array]:
    """Return the mean and the leading principal components of samples (N, D), and their scores (N, K) of unit variance."""
    mean = values.mean(0, dtype=np.float64)
    centred = (values - mean).astype(np.float64)
    _, axes = np.linalg.eigh(centred @ centred.T)
    axes = axes[:, ::-1][:, :count] * np.sqrt(len(values))
    components = axes.T @ centred / len(values)
    largest = np.abs(components).max(1) / (127 if dtype is np.int8 else 1)
    stored = components / largest[:, None]
    stored = np.round(stored) if dtype is np.int8 else stored
    return Components(mean.astype(np.float32), stored.astype(dtype), largest.astype(np.float32)), axes


def _report(name: str, values: npt.NDArray[np.float32] | Array, components: Components, scores: Array) -> None:
    """Print the share of the variance that is kept, and the error of rounding the components."""
    mean = values.mean(0, dtype=np.float64)
    exact = scores @ (scores.T @ (values - mean) / len(values))
    rounded = scores @ (components.scale[:, None] * components.components.astype(np.float64))
    kept = (exact**2).sum() / ((values - mean) ** 2).sum()
    loss, worst = np.sqrt(((rounded - exact) ** 2).mean()), np.abs(rounded - exact).max()
    unit, factor = ("grey levels", 255) if components.components.dtype == np.int8 else ("% of the eyes' distance", 100)
    print(
        f"{name}: {len(components)} components keep {100 * kept:.1f} % of the variance; rounding them changes a portrait by "
        f"{factor * loss:.3f} {unit} (root mean square), {factor * worst:.2f} at most"
    )


def _population(people: list[Person], is_open: npt.NDArray[np.bool_], states: PairStates) -> Population:
    origins = Counter(_origin(person) for person in people)
    strengths = {}
    for name, chosen in (("open", is_open), ("closed", ~is_open)):
        strengths[name] = (float(states.strength[chosen].mean()), float(states.strength[chosen].std()))
    return Population(
        origins={name: count / len(people) for name, count in origins.most_common()},
        ages=sorted(person.age for person in people),
        male=float(np.mean([person.gender == "male" for person in people])),
        open=float(is_open.mean()),
        strengths=strengths,
    )


def _origin(person: Person) -> str:
    return person.ethnicity.split("/")[0]


def _covariates(
    people: list[Person], population: Population, is_open: npt.NDArray[np.bool_], states: PairStates
) -> Array:
    rows = [
        population.covariates(
            male=person.gender == "male", age=person.age, origin=_origin(person), opens=bool(opens), strength=strength
        )
        for person, opens, strength in zip(people, is_open, states.strength, strict=True)
    ]
    return np.tile(np.array(rows), (2, 1))


def _latent(scores: Array, covariates: Array) -> tuple[Array, Array]:
    """Return effects (C, K), a ridge regression of the scores, and spread (K, K), a root of the residual covariance."""
    penalty = EFFECT_PENALTY * np.eye(covariates.shape[1])
    effects = np.linalg.solve(covariates.T @ covariates + penalty, covariates.T @ scores)
    rest = scores - covariates @ effects
    covariance = rest.T @ rest / len(rest)
    covariance = (1 - DIAGONAL) * covariance + DIAGONAL * np.diag(np.diag(covariance))
    return np.asarray(effects), np.asarray(np.linalg.cholesky(covariance))


if __name__ == "__main__":
    main()
