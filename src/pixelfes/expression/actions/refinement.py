"""Refine an expression from a few pairs of photos: what the pairs show beyond the mix, shrunk to nothing by ridge.

With N pairs of weight 1 the refinement is N / (N + 5) of their mean departure, so five pairs count half, and none nothing.

Convention: displacements are canonical, shadings on the grid of `action_set.skin_registration`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.errors import FaceNotFoundError, InputError, ModelError
from pixelfes.expression.actions.action_set import GRID_SIZE, ActionSet, shipped_actions, skin_registration
from pixelfes.expression.actions.draw.face_change import change_by_mix
from pixelfes.expression.actions.mix import Mix
from pixelfes.expression.actions.mixing import LARGEST_WEIGHT
from pixelfes.expression.base import ModelInfo, Precision, Progress, check_precision
from pixelfes.expression.displacement import damping
from pixelfes.expression.fitting import check_any
from pixelfes.expression.pairs import Pair
from pixelfes.expression.pairs_to_faces import FacePair, Skipped, find_pairs
from pixelfes.expression.synthesis import Learned
from pixelfes.face.alignment import HeadPose, mean_face, symmetric
from pixelfes.face.landmarks import LandmarkProvider, find_faces
from pixelfes.face.topology import N_POINTS
from pixelfes.photos.reading import read_photo
from pixelfes.tensor_file import (
    FileKind,
    check_names,
    checked_array,
    checked_header,
    naming,
    read_tensor_file,
    write_tensor_file,
)

REFINED_FILE = FileKind("refined expression", "pixelfes-refined-expression", largest=2**22)
NAME = "refinement"
PENALTY = 5.0
"""The ridge penalty: how many pairs the shipped expression counts for."""
DARKEST = 0.05
"""Added to brightness before its logarithm, so that black has one."""
LARGEST_SHADING = 0.3
BLUR = 1.5
_LARGEST_STEP = 0.5


@dataclass(frozen=True)
class Refinement:
    """What pairs show beyond a mix, as one more action.

    Attributes
    ----------
    displacement : (468, 3), canonical
    shading : (56, 56) float32
        Logarithm of the factor of skin.
    name : str
    """

    displacement: Array
    shading: Floats
    name: str = NAME

    def added_to(self, actions: ActionSet) -> ActionSet:
        """Return a set of actions with this one at its end."""
        return ActionSet(
            (*actions.names, self.name),
            np.concatenate([actions.displacement, self.displacement[None]]),
            np.concatenate([actions.shading, self.shading[None]]),
        )


@dataclass(frozen=True)
class Refined:
    """A refinement, the count of the pairs it was learned from, and those left out."""

    refinement: Refinement
    n_pairs: int
    skipped: list[Skipped] = field(default_factory=list)


def refined(
    mix: Mix, learned: Learned, pairs: Sequence[Pair], provider: LandmarkProvider, progress: Progress
) -> Refined:
    """Learn what pairs show beyond a mix; ``learned`` is the smile that neutral takes back.

    Raises
    ------
    InputError
        If the mix has a learned expression in it, or pairs were given and none can be used.
    """
    if mix.base:
        raise InputError("the learned smile is not refined: fit a model of its own from your pairs")
    found = find_pairs(pairs, provider, tick=lambda done: progress("landmarks", done, len(pairs)))
    if pairs:
        check_any(len(found.faces), found.skipped)
    moves, shades = np.zeros((N_POINTS, 3)), np.zeros((GRID_SIZE, GRID_SIZE), np.float32)
    for done, face in enumerate(found.faces, start=1):
        move, shade = _beyond(face, mix, learned, provider)
        moves += face.pair.weight * move
        shades += np.float32(face.pair.weight) * shade
        progress("refinement", done, len(found.faces))
    total = sum(face.pair.weight for face in found.faces) + PENALTY
    displacement, shading = moves / total * damping(mean_face())[:, None], shades / np.float32(total)
    if _is_symmetric(mix):
        displacement, shading = symmetric(displacement), (shading + shading[:, ::-1]) / 2
    shading = np.clip(cv2.GaussianBlur(shading, (0, 0), BLUR), -LARGEST_SHADING, LARGEST_SHADING)
    bounded = np.clip(displacement, -_LARGEST_STEP, _LARGEST_STEP)
    return Refined(Refinement(bounded, np.asarray(shading, np.float32)), len(found.faces), found.skipped)


def write_refinement(
    refinement: Refinement, mix: Mix, info: ModelInfo, path: str | Path, precision: Precision = "float32"
) -> None:
    """Write a refined expression to a safetensors file, completely or not at all.

    Raises
    ------
    InputError
        If the precision is unknown.
    """
    check_precision(precision)
    header = _Header(format_version=1, actions=mix.actions, neutral=str(mix.neutral), **asdict(info))
    arrays = {
        "displacement": refinement.displacement.astype(precision),
        "shading": refinement.shading.astype(precision),
    }
    write_tensor_file(REFINED_FILE, path, asdict(header), arrays)


def read_refinement(path: str | Path) -> tuple[Refinement, Mix, ModelInfo]:
    """Read a refined expression from an untrusted file.

    Raises
    ------
    ModelError
        If the file is not a valid one; the message names what is wrong.
    """
    with naming(REFINED_FILE, path):
        values, arrays = read_tensor_file(REFINED_FILE, path)
        header = checked_header(values, _Header)
        check_names(arrays, ("displacement", "shading"), "it")
        displacement = checked_array(arrays, "displacement", (N_POINTS, 3), largest=_LARGEST_STEP).astype(np.float64)
        shading = checked_array(arrays, "shading", (GRID_SIZE, GRID_SIZE), largest=1.0).astype(np.float32)
        mix = Mix(_checked_sizes(header.actions), neutral=_share(header.neutral), label=header.expression[:200])
        info = ModelInfo(**{item.name: getattr(header, item.name) for item in fields(ModelInfo)})
        return Refinement(displacement, shading), mix, info


@dataclass(frozen=True)
class _Header:
    """The metadata of the file."""

    format_version: int
    actions: dict[str, Any]
    neutral: str
    expression: str
    n_pairs: int
    training_data: str
    licence: str
    attribution: str
    package_version: str


def _checked_sizes(sizes: dict[str, Any]) -> dict[str, float]:
    known = shipped_actions().index
    for name, size in sizes.items():
        if name not in known:
            raise ModelError(f"it has the unknown action {name[:40]!r}")
        if not isinstance(size, int | float) or isinstance(size, bool) or not abs(size) <= LARGEST_WEIGHT:
            raise ModelError(f"its size of {name} is no number up to {LARGEST_WEIGHT:g}")
    return {name: float(size) for name, size in sizes.items()}


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = float("nan")
    if not 0 <= share <= 1:
        raise ModelError("its share of neutral is no number from 0 to 1")
    return share


def _beyond(face: FacePair, mix: Mix, learned: Learned, provider: LandmarkProvider) -> tuple[Array, Floats]:
    """Return what a pair's target shows beyond the mix drawn on its input: movement (468, 3), canonical, and shading (56, 56).

    The landmarks of both are read by the same detector, so what it overlooks cancels.
    """
    drawn = read_photo(face.pair.input).pixels.copy()
    planned = change_by_mix(learned, shipped_actions(), mix, drawn, face.input)
    try:
        reached = find_faces(provider, drawn, "largest")[0]
    except FaceNotFoundError:
        reached = planned
    target, shown = (HeadPose.of(points, mean_face()).to_canonical(points) for points in (face.target, reached))
    move = target - shown
    move -= np.median(move, axis=0)  # the poses differ a little, because brows move some of the points that give them
    return move, _shading_beyond(
        _brightness(drawn, reached), _brightness(read_photo(face.pair.target).pixels, face.target)
    )


def _shading_beyond(before: Floats, after: Floats) -> Floats:
    """Return the logarithm of a change of brightness (56, 56), without what exposure changes everywhere."""
    registration = skin_registration()
    ratio = np.log((after + DARKEST) / (before + DARKEST))
    ratio -= float(np.median(ratio[registration.calm_skin > 0.5]))
    inside = registration.face_mask * (1 - registration.lips_mask)
    return np.asarray(np.clip(ratio, -LARGEST_SHADING, LARGEST_SHADING) * inside, np.float32)


def _brightness(pixels: Pixels, landmarks: Array) -> Floats:
    texture = skin_registration().texture(pixels, landmarks)
    return np.asarray(cv2.GaussianBlur(texture.mean(2), (0, 0), 1.0), np.float32)


def _is_symmetric(mix: Mix) -> bool:
    """Return whether both sides of every action of a mix have the same size."""
    return all(
        abs(size - mix.actions.get(f"{name[:-2]}{'_R' if name.endswith('_L') else '_L'}", 0.0)) < 1e-9
        for name, size in mix.actions.items()
        if name.endswith(("_L", "_R"))
    )
