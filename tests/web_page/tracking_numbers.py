"""What Python makes of the faces of a film, frame by frame, for the page to be compared with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pixelfes import ExpressionModel, FaceDetector
from pixelfes.arrays import AnyArray, Array, Pixels
from pixelfes.evaluate.films.steadiness import followed_landmarks
from pixelfes.expression.displacement import Displacement
from pixelfes.expression.plan import plan_change, speaking_share
from pixelfes.face.alignment import HeadPose
from pixelfes.face.appearance.light import Light
from pixelfes.face.appearance.mouth_view import MouthView
from pixelfes.face.detector.photo_pyramid import PhotoPyramid
from pixelfes.face.topology import N_POINTS
from pixelfes.people.films import FilmFrame, Motion, film, pulse, wave
from pixelfes.people.people import each_person
from pixelfes.tracking.appearance import Appearance
from pixelfes.tracking.cuts import CutFinder
from pixelfes.tracking.readouts import SteadyReadouts
from pixelfes.tracking.steady_landmarks import SteadyLandmarks

SIDE, SECONDS = 160, 1.6
MOTIONS = {
    "still": Motion(noise=4),
    "acting": Motion(
        noise=3,
        yaw=wave(8, 1.5),
        across=wave(0.2, 2),
        blink=pulse(0.4, 0.08, 0.04),
        smile=pulse(0.5, 0.2, 0.5),
        jaw=wave(0.3, 0.3),
        light=wave(0.2, 1),
    ),
}


def write_tracking_numbers(folder: Path, smile: ExpressionModel, detector: FaceDetector) -> None:
    """Write what Python makes of short films, and the pictures by which it tells scenes and people apart."""
    people = list(each_person(2, seed=5, size=SIDE))
    films = {}
    for name, motion in MOTIONS.items():
        frames = list(film(people[0].neutral, people[0].neutral_landmarks, motion, seconds=SECONDS))
        films[name] = film_case(smile, detector, frames)
    one, other = (in_a_room(person.neutral, number) for number, person in enumerate(people))
    scene = [one, one, other, other, np.clip(other.astype(int) + 40, 0, 255).astype(np.uint8)]
    for number, pixels in enumerate(scene):
        alpha = np.full((*pixels.shape[:2], 1), 255, np.uint8)
        (folder / f"scene-{number}.rgba").write_bytes(np.concatenate([pixels, alpha], axis=2).tobytes())
    cuts = CutFinder()
    points = [detector.detect(pixels)[0] for pixels in scene]
    looks = [Appearance.of(PhotoPyramid(pixels), face) for pixels, face in zip(scene, points, strict=True)]
    scenes = {
        "side": 2 * SIDE,
        "cuts": [cuts.is_cut(PhotoPyramid(pixels).smallest) for pixels in scene],
        "landmarks": [face.ravel().tolist() for face in points],
        "distances": [looks[0].distance(look) for look in looks],
        "blended": looks[0].distance(looks[0].blended(looks[2], 0.1)),
    }
    (folder / "tracking.json").write_text(json.dumps({"films": films, "scenes": scenes}))


def in_a_room(face: Pixels, seed: int) -> Pixels:
    """A portrait in the middle of a picture of twice its side, before coloured walls."""
    walls = np.random.default_rng(seed).integers(0, 255, (3, 4, 3), np.uint8)
    room = np.asarray(cv2.resize(walls, (2 * SIDE, 2 * SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
    room[SIDE // 2 : SIDE // 2 + SIDE, SIDE // 2 : SIDE // 2 + SIDE] = face
    return room


def film_case(smile: ExpressionModel, detector: FaceDetector, frames: list[FilmFrame]) -> dict[str, Any]:
    """What Python makes of the landmarks of a film that are given frame by frame, and of what is read from them."""
    displacement = smile.learned_.displacement
    assert isinstance(displacement, Displacement)
    pictures = [frame.pixels for frame in frames]
    raw = followed_landmarks(pictures, detector.detect(pictures[0])[0])
    steady, readouts = SteadyLandmarks(), SteadyReadouts()
    cases = []
    for frame, points in zip(frames, raw, strict=True):
        readouts.begin(frame.time)
        landmarks = steady.filtered(points[:N_POINTS], frame.time)
        light = Light.of(frame.pixels, landmarks)
        teeth = MouthView.of(frame.pixels, landmarks, light).teeth
        cases.append(
            {
                "time": frame.time,
                "raw": points[:N_POINTS].ravel().tolist(),
                "teeth": teeth,
                "landmarks": landmarks.ravel().tolist(),
                "readouts": readouts_case(teeth, frame, readouts),
                "planned": plan_case(displacement, landmarks, teeth, readouts),
                "speaking": speaking(displacement, landmarks, readouts),
            }
        )
    return {"cases": cases}


def readouts_case(teeth: float, frame: FilmFrame, readouts: SteadyReadouts) -> dict[str, Any]:
    """Every kind of read-out, of numbers that the page has as well: levels of the frame, and the share of teeth."""
    levels = frame.pixels.mean((0, 1)) / 255
    skin = levels.astype(np.float32)
    kinds = {"levels": levels, "light": levels, "blur": levels, "bare skin": skin, "look: test": levels}
    kept: dict[str, AnyArray] = {name: readouts.steady(name, value.copy) for name, value in kinds.items()}
    return {
        "levels": levels.tolist(),
        "steady": {name: value.tolist() for name, value in kept.items()},
        "switch": readouts.switch("test", teeth, 0.12),
        "restless": readouts.restless("test", float(levels[0])),
    }


def speaking(displacement: Displacement, landmarks: Array, readouts: SteadyReadouts) -> float:
    """How far Python takes the mouth for one that speaks when it takes back what the face shows."""
    shape = HeadPose.of(landmarks, displacement.reference).to_canonical(landmarks)
    return speaking_share("openness: neutral", displacement.state(shape), readouts)


def plan_case(displacement: Displacement, landmarks: Array, teeth: float, readouts: SteadyReadouts) -> dict[str, Any]:
    """What Python plans for a face of a frame."""
    change = plan_change(displacement, landmarks, 1.0, MouthView(teeth), readouts=readouts)
    return {
        "numbers": [change.movement, change.opened, change.own_teeth],
        "still": change.still,
        "moved": change.moved.ravel().tolist(),
    }
