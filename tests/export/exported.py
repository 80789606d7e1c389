"""Faces and runners for the tests of exports."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from cortex_m4 import STRICT
from deploy import anchored
from pixelfes import ExpressionModel, Pair, load
from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.export.c.writer import CFiles, c_action_files, c_files
from pixelfes.export.onnx.writer import onnx_bytes
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_actions
from pixelfes.expression.actions.mix import Mix
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.actions.resting_face import resting_face
from pixelfes.expression.synthesis import TO_LIGHT, change_face
from pixelfes.face.alignment import HeadPose, mean_face
from pixelfes.photos.reading import read_photo
from pixelfes.regress import PixelRegressor
from tests.expression.drawn_faces import rotation

__all__ = ["anchored"]

Face: TypeAlias = tuple[Pixels, Array]
Synthesis: TypeAlias = Callable[[Pixels, Array, int], Pixels]
Actions: TypeAlias = Callable[[Pixels, Array, Floats, tuple[float, float]], Pixels]
"""Draws facial actions of sizes (K,) and a gaze."""


def resized(face: Face, side: int) -> Face:
    """A square photo and its landmarks at another size."""
    pixels, points = face
    scale = side / len(pixels)
    small = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    moved = np.column_stack([(points[:, :2] + 0.5) * scale - 0.5, points[:, 2] * scale])
    return np.asarray(small, np.uint8), moved.astype(np.float32).astype(np.float64)


def person(pair: Pair) -> Face:
    """The neutral side of a fictional person."""
    return read_photo(pair.input).pixels, np.asarray(pair.input_landmarks, np.float32).astype(np.float64)


def fitted_grid(regressor: PixelRegressor, people: list[Pair], side: int = 32) -> ExpressionModel:
    """A small grid model."""
    return ExpressionModel("grid", regressor, size=side).fit(people)


def crops(model: ExpressionModel, people: list[Pair]) -> list[Pixels]:
    """Registered crops of people, as a grid model sees them."""
    registration = model.learned_.registration
    return [np.rint(255 * registration.texture(*person(pair))).astype(np.uint8) for pair in people]


LEVELS = 1 if int(cv2.__version__.split(".")[0]) < 5 else 3
"""Largest difference from Python: OpenCV 4 rounds a cubic as the exports do, OpenCV 5 differs by up to two levels."""


def largest_difference(model: ExpressionModel, synthesis: Synthesis, face: Face, intensity_q8: int) -> int:
    """How far another synthesis is from Python's, in levels."""
    pixels, points = face[0], face[1].astype(np.float32).astype(np.float64)  # what an export is given
    expected = adapted_to_light(model, pixels, points, intensity_q8 / 256)
    return int(np.abs(synthesis(pixels, points, intensity_q8).astype(int) - expected).max())


def bent(points: Array, **actions: float) -> Array:
    """The landmarks of a face with some facial actions; the photo under them stays."""
    resting, head = resting_face(), HeadPose.of(points, mean_face())
    step = sum(size * resting.actions[resting.names.index(name)] for name, size in actions.items())
    return points + head.turn(np.asarray(step))


def turned(points: Array, yaw: float) -> Array:
    """The landmarks of a face turned by radians; the photo under them stays."""
    middle = points.mean(0)
    return np.asarray((points - middle) @ rotation(yaw, 0, 0).T + middle)


HARD_FACES: dict[str, Callable[[Array], Array]] = {
    "frowning": lambda points: bent(points, mouthFrown=0.5, browDown=0.5),
    "surprised": lambda points: bent(points, jawOpen=0.8, mouthFunnel=0.3),
    "pouting": lambda points: bent(points, mouthPucker=0.5),
    "laughing": lambda points: bent(points, smile=1.2, smileOpening=1.2),
    "turned": lambda points: turned(points, 0.75),
    "in profile": lambda points: turned(points, -1.3),
    "small mouth": lambda points: np.where(points[:, 1:2] > points[1, 1], 0.8, 1) * (points - points[1]) + points[1],
}
"""What exports have to plan as Python does: landmarks of the portrait, moved."""


def adapted_to_light(model: ExpressionModel, pixels: Pixels, points: Array, intensity: float) -> Pixels:
    """Python's picture without what exports leave out."""
    out = pixels.copy()
    if intensity > 0:
        change_face(model.learned_, out, points, intensity, adaptation=TO_LIGHT)
    return out


def actions_in_light(pixels: Pixels, points: Array, mix: Mix) -> Pixels:
    """Python's picture of facial actions without what exports leave out."""
    actions, out = shipped_actions(), pixels.copy()
    change_by_actions(actions, out, points, mixed(actions, mix.actions), adaptation=TO_LIGHT)
    return out


def actions_in_onnx_runtime(exported: bytes) -> Actions:
    """Exported facial actions in ONNX Runtime."""
    session = session_of(exported)

    def synthesize(pixels: Pixels, points: Array, sizes: Floats, gaze: tuple[float, float]) -> Pixels:
        given = {"photo": pixels, "landmarks": points.astype(np.float32), "actions": sizes.astype(np.float32)}
        return np.asarray(session.run(None, {**given, "gaze": np.array(gaze, np.float32)})[0])

    return synthesize


def session_of(exported: bytes) -> Any:
    """A graph in ONNX Runtime on one thread."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    return InferenceSession(exported, options)


def in_onnx_runtime(model: ExpressionModel | bytes) -> Synthesis:
    """An exported model in ONNX Runtime."""
    session = session_of(model if isinstance(model, bytes) else onnx_bytes(model))
    names = [put.name for put in session.get_inputs()]

    def synthesize(pixels: Pixels, points: Array, intensity_q8: int) -> Pixels:
        put: dict[str, Any] = {names[0]: pixels, "intensity": np.array([intensity_q8 / 256], np.float32)}
        if "landmarks" in names:
            put["landmarks"] = points.astype(np.float32)
        return np.asarray(session.run(None, put)[0])

    return synthesize


def compiled(model: ExpressionModel, folder: Path, *options: str) -> Synthesis:
    """An exported model, compiled for this machine with every warning an error, behind a small program."""
    put_together(c_files(model), folder, *options)

    def synthesize(pixels: Pixels, points: Array, intensity_q8: int) -> Pixels:
        return run_program(folder, pixels, points, intensity_q8)

    return synthesize


def compiled_actions(folder: Path, *options: str) -> Actions:
    """The exported facial actions, compiled like a model."""
    put_together(c_action_files(load("expressions")), folder, *options)

    def synthesize(pixels: Pixels, points: Array, sizes: Floats, gaze: tuple[float, float]) -> Pixels:
        asked = np.append(sizes, gaze).astype("<f4").tobytes()
        return run_program(folder, pixels, points, 0, asked)

    return synthesize


def put_together(text: CFiles, folder: Path, *options: str) -> None:
    """Compile exported C and the small program that runs it."""
    (folder / "pixelfes.h").write_text(text.header)
    (folder / "pixelfes.c").write_text(text.source)
    program = Path(__file__).parent / "c" / "host.c"
    command = ["gcc", *STRICT, "-O1", "-g", *options, "-I.", "pixelfes.c", str(program), "-o", "model", "-lm"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


def run_program(folder: Path, pixels: Pixels, points: Array, intensity_q8: int, asked: bytes = b"") -> Pixels:
    """Change a photo by the program in a folder."""
    head = np.array([pixels.shape[1], pixels.shape[0], intensity_q8], "<i4").tobytes()
    data = head + np.ascontiguousarray(pixels).tobytes() + np.ascontiguousarray(points, "<f4").tobytes() + asked
    done = subprocess.run(["./model"], cwd=folder, input=data, capture_output=True, check=False, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"status {done.returncode}: {done.stderr.decode()[-2000:]}")
    return np.frombuffer(done.stdout, np.uint8).reshape(pixels.shape)
