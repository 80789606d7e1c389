"""What Python judges faces by, number by number, for the tests of the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.export.web.trust import web_trust
from pixelfes.face.detector.detected_face import DetectedFace
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.trust.judging import corner_outside, judge_face, landmark_movement
from pixelfes.face.trust.mouth_texture import MouthTexture, register_mouth
from pixelfes.face.trust.texture_model import face_texture_model, texture_features
from tests.face.trust.covered_faces import behind_a_bar, masked

SIZES = (90, 300, 640, 1100, 2000)
"""Sides of the portrait in pixels: below and above the size at which textures are blurred."""


def write_trust_numbers(folder: Path, portrait: Pixels) -> None:
    """Write the file that the page judges with, photos, and what Python makes of their faces."""
    (folder / "trust.safetensors").write_bytes(web_trust())
    cases = []
    for number, (name, photo, face) in enumerate(judged_photos(portrait)):
        alpha = np.full((*photo.shape[:2], 1), 255, np.uint8)
        (folder / f"judged-{number}.rgba").write_bytes(np.concatenate([photo, alpha], axis=2).tobytes())
        cases.append({"name": name, "shape": photo.shape[:2]} | judged_case(photo, face))
    (folder / "trust.json").write_text(json.dumps(cases))


def judged_photos(portrait: Pixels) -> Iterator[tuple[str, Pixels, DetectedFace]]:
    """Yield photos of one face: of many sizes, covered, dark, cut by the photo's edge; and with landmarks beside the face."""
    (face,) = FaceDetector().faces(portrait)
    for side in SIZES:
        interpolation = cv2.INTER_AREA if side < len(portrait) else cv2.INTER_CUBIC
        photo = np.asarray(cv2.resize(portrait, (side, side), interpolation=interpolation))
        yield f"side {side}", photo, FaceDetector().faces(photo)[0]
    mask = masked(portrait, face.landmarks, (235, 235, 238))
    bar = behind_a_bar(portrait, face.landmarks, (30, 30, 34))
    cut = np.ascontiguousarray(portrait[: int(face.landmarks[152, 1]) - 12])
    for name, photo in {"mask": mask, "bar": bar, "dark": portrait // 6, "cut": cut}.items():
        yield name, photo, face
    distance = eye_distance(face.points)
    for name, step in (("beside", 0.9), ("far beside", 1.6)):
        yield name, portrait, replace(face, points=face.points + np.array([step * distance, 0, 0]))
    yield "tiny", portrait, replace(face, points=face.points * (11 / distance))
    corner = np.zeros_like(face.points)
    corner[61, 0] = distance
    yield "turned", portrait, replace(face, points=face.points - corner)


def judged_case(photo: Pixels, face: DetectedFace) -> dict[str, Any]:
    """What Python judges a face by."""
    texture = MouthTexture.of([register_mouth(photo, face.landmarks)])
    model = face_texture_model()
    likeness, cover = model.likeness_and_cover(texture)
    distance = eye_distance(face.landmarks)
    return {
        "landmarks": _listed(face.landmarks),
        "verdict": str(judge_face(photo, face)),
        "features": _listed(texture_features(texture, model)),
        "evidence": {
            "distance": distance,
            "outside": corner_outside(face.landmarks) / distance,
            "likeness": float(likeness[0]),
            "cover": float(cover[0]),
            "movement": landmark_movement(photo, face),
            "score": face.score,
        },
    }


def _listed(numbers: Array) -> list[float]:
    listed: list[float] = numbers.ravel().tolist()
    return listed
