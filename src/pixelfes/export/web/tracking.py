"""What the page in ``web/`` follows faces with: the constants of `pixelfes.tracking`, so that the page repeats none of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.expression.plan import SPEAKING
from pixelfes.tracking import appearance, carrying, cuts, face_tracker, readouts, steady_landmarks, track


def tracking_arrays() -> dict[str, AnyArray]:
    """Return the array ``parts`` (468,) uint8: the part of the face that each point belongs to."""
    return {"parts": steady_landmarks.parts_of_face().astype(np.uint8)}


def tracking_facts() -> dict[str, Any]:
    """Return the constants by the names that the page has for them, as JSON can hold them."""
    return {
        "pose": asdict(steady_landmarks.POSE),
        "expression": asdict(steady_landmarks.EXPRESSION),
        "readouts": _readouts(),
        "track": {"held": track.HELD, "fade": track.FADE, "forgotten": track.FORGOTTEN, "learning": track.LEARNING},
        "tracker": _tracker(),
        "appearance": {
            "side": appearance.SIDE,
            "reach": appearance.REACH,
            "shape_unit": appearance.SHAPE_UNIT,
            "picture_unit": appearance.PICTURE_UNIT,
        },
        "cuts": {
            "size": cuts.SIZE,
            "change": cuts.CHANGE,
            "likeness": cuts.LIKENESS,
            "above_usual": cuts.ABOVE_USUAL,
            "memory": cuts.MEMORY,
        },
        "farthest": carrying.FARTHEST,
    }


def _readouts() -> dict[str, Any]:
    return {
        "paces": {name: asdict(pace) for name, pace in readouts.PACES.items()},
        "usual_pace": asdict(readouts.Pace()),
        "band": readouts.BAND,
        "fade": readouts.SWITCH_FADE,
        "drift": readouts.DRIFT,
        "calming": readouts.CALMING,
        "rousing": readouts.ROUSING,
        "speaking": SPEAKING,
    }


def _tracker() -> dict[str, float]:
    return {
        "detected_every": face_tracker.DETECTED_EVERY,
        "searched_every": face_tracker.SEARCHED_EVERY,
        "least_presence": face_tracker.LEAST_PRESENCE,
        "least_score": face_tracker.LEAST_SCORE,
        "largest_step": face_tracker.LARGEST_STEP,
        "largest_growth": face_tracker.LARGEST_GROWTH,
        "same_person": face_tracker.SAME_PERSON,
        "strange": face_tracker.STRANGE,
        "near": face_tracker.NEAR,
    }
