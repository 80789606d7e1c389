"""A loaded mesh model as the one file that the page in ``web/`` reads.

The file is safetensors, the plainest format: a browser needs thirty lines to read it. It holds what
Python would otherwise compute when it loads a model (masks, vertices of the model grid, the triangulation) and, in its one
metadata entry ``pixelfes-web``, every number of the method that is not an array, so that the page repeats none of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError
from pixelfes.export.plan_numbers import PlanNumbers
from pixelfes.export.web.tracking import tracking_arrays, tracking_facts

if TYPE_CHECKING:
    from pixelfes.expression.displacement import Displacement
    from pixelfes.expression.model import ExpressionModel
    from pixelfes.face.mesh import MeshRegistration


WEB_KEY = "pixelfes-web"
WEB_VERSION = 3


def web_model(model: ExpressionModel) -> bytes:
    """Return a model as the page reads it: a safetensors file of about 210 KB.

    Parameters
    ----------
    model : ExpressionModel
        With the registration "mesh", and a regressor whose maps are the same for every photo (such as `PixelRidge`).

    Returns
    -------
    bytes
        Arrays ``weight`` and ``bias`` (S, S) or (S, S, 3) float16; ``face``, ``mouth``, ``lips`` and ``deep`` (S, S) uint8, 255
        for 1; ``vertices`` (504, 2), ``reference``, ``head``, ``movement``, ``opening`` and ``readout`` (468, 3) float32;
        ``action_readouts`` (K, 468, 3), ``taken_actions`` (T, 468, 3) and ``normals`` (468, 3) float16; ``triangles`` (N, 3)
        uint16, ``region`` (N,) and ``parts`` (468,) uint8; metadata as JSON.

    Raises
    ------
    InputError
        If the model is of another kind, not fitted, or has numbers that float16 cannot hold.

    Examples
    --------
    >>> import pixelfes
    >>> len(web_model(pixelfes.load("smile"))) < 220_000
    True
    """
    from safetensors.numpy import save

    from pixelfes.face.mesh import MeshRegistration

    learned = getattr(model, "learned_", None)
    if learned is None:
        raise InputError("this model is not fitted, or is a network: the page needs a model with the registration mesh")
    registration, displacement = learned.registration, learned.displacement
    if not isinstance(registration, MeshRegistration) or displacement is None:
        raise InputError("the page needs a model with the registration mesh; this one has the registration grid")
    if not learned.regressor.is_affine:
        method = model.describe().method
        raise InputError(f"the page needs one weight and one bias per pixel; the method {method} has more")
    size = registration.size
    weight, bias = learned.regressor.local_affine(np.zeros((size, size, 3), np.float32))
    arrays = {"weight": _half("weight", weight), "bias": _half("bias", bias)}
    numbers = PlanNumbers.of(displacement)
    arrays |= _mesh_arrays(registration) | _displacement_arrays(displacement) | _plan_arrays(numbers)
    arrays |= tracking_arrays()
    facts = _facts(model, displacement) | {"plan": _plan_facts(numbers), "tracking": tracking_facts()}
    return bytes(save(arrays, metadata={WEB_KEY: json.dumps(facts, sort_keys=True)}))


def _half(name: str, maps: npt.NDArray[Any]) -> npt.NDArray[np.float16]:
    """Return maps in half precision, (S, S) where all channels have the same, else (S, S, 3)."""
    thin = maps[..., 0] if maps.strides[-1] == 0 else maps
    with np.errstate(over="ignore"):
        half = np.ascontiguousarray(thin, np.float16)
    if not np.isfinite(half).all():
        raise InputError(f"{name} has numbers that float16 cannot hold: the page cannot use this model")
    return half


def _mesh_arrays(registration: MeshRegistration) -> dict[str, AnyArray]:
    from pixelfes.face.topology import face_topology

    mesh = face_topology()
    masks = {"face": "face_mask", "mouth": "mouth_mask", "lips": "lips_mask", "deep": "deep_mouth"}
    shares = {name: np.round(255 * getattr(registration, mask)).astype(np.uint8) for name, mask in masks.items()}
    return shares | {
        "vertices": registration.vertices.astype(np.float32),
        "triangles": mesh.triangles.astype(np.uint16),
        "region": mesh.region.astype(np.uint8),
    }


def _displacement_arrays(displacement: Displacement) -> dict[str, AnyArray]:
    names = ("reference", "movement", "opening", "readout")
    return {name: getattr(displacement, name).astype(np.float32) for name in names}


def _plan_arrays(numbers: PlanNumbers) -> dict[str, AnyArray]:
    from pixelfes.face.alignment import mean_face

    halves = {"action_readouts": numbers.resting.readouts, "taken_actions": numbers.actions, "normals": numbers.normals}
    arrays: dict[str, AnyArray] = {name: array.astype(np.float16) for name, array in halves.items()}
    return arrays | {"head": mean_face().astype(np.float32)}


def _plan_facts(numbers: PlanNumbers) -> dict[str, Any]:
    """Return the numbers of `pixelfes.expression.plan` and of what it reads, by the names that the page has for them."""
    from pixelfes.expression import amounts, plan
    from pixelfes.expression.actions import resting_face

    resting = numbers.resting
    arrays = {"offsets": resting.offsets, "scale": resting.scale, "inverse": resting.inverse.ravel()}
    arrays |= {"from_front": numbers.from_front, "adult_deviations": resting_face.ADULT_DEVIATIONS}
    arrays |= {"action_measures": resting.action_measures.ravel(), "mean_measures": resting.mean_measures}
    lists: dict[str, Any] = {name: array.tolist() for name, array in arrays.items()}
    lists |= {
        "taken": numbers.taken_back.tolist(),
        "gains": numbers.gains.tolist(),
        "clear": plan.CLEAR_ACTION,
        "smiling": plan.SMILING,
    }
    lists |= {"turned": plan.TURNED, "in_the_light": amounts.IN_THE_LIGHT}
    return lists | {
        "smile": numbers.smile,
        "jaw_open": numbers.jaw_open,
        "brow_down": numbers.brow_down,
        "brow_up": numbers.brow_up,
        "chin": resting_face.CHIN,
        "childlike": resting_face.CHILDLIKE,
        "rounds": resting_face.ROUNDS,
        "step": resting_face.STEP,
        "taken_back_at": plan.TAKEN_BACK_AT,
        "parted": plan.PARTED,
        "own_teeth": plan.OWN_TEETH,
        "broad": plan.BROAD,
        "room_for_lips": plan.ROOM_FOR_LIPS,
        "upper_lip_share": plan.UPPER_LIP_SHARE,
        "teeth_from": amounts.TEETH_FROM,
        "shade": amounts.SHADE,
    }


def _facts(model: ExpressionModel, displacement: Displacement) -> dict[str, Any]:
    from pixelfes.face import topology
    from pixelfes.face.appearance import mouth_view

    names = ("right_eye_corners", "left_eye_corners", "inner_lips", "right_eye", "left_eye", "cheeks_and_forehead")
    points = {name: list(getattr(topology, name.upper())) for name in names}
    points |= {"stable": list(topology.STABLE_POINTS), "oval": list(topology.OVAL)}
    points |= {"mouth_corners": list(topology.MOUTH_CORNERS), "outer_mouth": list(topology.OUTER_MOUTH)}
    lines = ("upper_inner", "lower_inner", "upper_outer", "lower_outer")
    points |= {name: list(getattr(mouth_view, name.upper())) for name in lines}
    info = model.info_
    return {
        "version": WEB_VERSION,
        "package_version": info.package_version,
        "expression": info.expression,
        "licence": info.licence,
        "attribution": info.attribution,
        "n_parameters": model.n_parameters_,
        "resting_gap": displacement.resting_gap,
        "full_gap": displacement.full_gap,
        "readout_offset": displacement.readout_offset,
        "points": points,
    }
