"""Write the networks of `pixelfes.face.detector` as ONNX files into ``assets/``.

The networks are MediaPipe's: the short-range face detector and the face mesh with attention. Their files are taken out of
MediaPipe's wheel; MediaPipe itself is never imported. The weights stay as they are, in half precision. The script adds the
scaling of the pixels, the anchors of the detector, and the choice of the finest network for each point of the mesh.

The package does not need MediaPipe's full-range detector: whatever it finds, the short-range one finds in smaller windows
(docs/landmarks.md). ``--full-range FILE`` writes it too, for comparison.

Usage: ``python scripts/make_landmarks.py [WHEEL] [--full-range FILE]``. Without a wheel, pip downloads it. The script needs
the dependency group ``landmarks``. The files are the same in every run.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from landmark_networks import NetworkGraph
from pixelfes.arrays import Floats
from pixelfes.export.onnx.graph import Graph, Value
from tflite_file import NetworkFile

ASSETS = Path(__file__).parents[1] / "src/pixelfes/assets"
REQUIREMENT = "mediapipe==0.10.21"
SOURCES = {
    "mediapipe/modules/face_detection/face_detection_short_range.tflite": (
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
    ),
    "mediapipe/modules/face_detection/face_detection_full_range_sparse.tflite": (
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1"
    ),
    "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite": (
        "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4"
    ),
}
PROPERTIES = {
    "source": "MediaPipe 0.10.21, https://github.com/google-ai-edge/mediapipe, Google LLC",
    "license": "Apache-2.0",
    "changes": "Written as ONNX by scripts/make_landmarks.py of pixelfes; weights unchanged, in half precision.",
}
SHORT_ANCHORS = ((16, 2), (8, 6))
"""Cells along a side, and anchors in each cell."""
FULL_ANCHORS = ((48, 1),)


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Write the networks that find faces as ONNX files.")
    parser.add_argument("wheel", type=Path, nargs="?", help=f"the wheel of {REQUIREMENT}; downloaded by default")
    parser.add_argument("--full-range", type=Path, metavar="FILE", help="also write the full-range detector")
    arguments = parser.parse_args()
    short, full, mesh = (NetworkFile(data) for data in read_sources(arguments.wheel))
    write(ASSETS / "face_detector_short.onnx", detector(short, ("regressors", "classificators"), SHORT_ANCHORS))
    write(ASSETS / "face_landmarks.onnx", landmarks(mesh))
    if arguments.full_range:
        write(arguments.full_range, detector(full, ("Identity", "Identity_1"), FULL_ANCHORS))


def read_sources(wheel: Path | None) -> list[bytes]:
    """Return the three files of the wheel, checked."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel or download(Path(folder))) as archive:
        files = {name: archive.read(name) for name in SOURCES}
    for name, data in files.items():
        if (found := hashlib.sha256(data).hexdigest()) != SOURCES[name]:
            raise SystemExit(f"{name} is another file than expected: its SHA-256 is {found}")
    return list(files.values())


def download(folder: Path) -> Path:
    """Download the wheel for Linux with pip; return its path."""
    platform = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--only-binary", ":all:"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *platform, "--dest", str(folder)]
    subprocess.run([*command, REQUIREMENT], check=True)
    return next(folder.glob("*.whl"))


def write(path: Path, model: bytes) -> None:
    """Write a file, and print its line in `pixelfes.assets`."""
    path.write_bytes(model)
    print(f'    "{path.name}": "{hashlib.sha256(model).hexdigest()}",  # {len(model):,} bytes')


def picture(graph: Graph, side: int) -> Value:
    """Declare the input, (side, side, 3) uint8 RGB; return it as (1, 3, side, side) float32, 0 to 255."""
    levels = graph.input("picture", np.uint8, (side, side, 3))
    return levels.to(np.float32).turned(2, 0, 1).wider(0)


def detector(file: NetworkFile, names: tuple[str, str], anchors: tuple[tuple[int, int], ...]) -> bytes:
    """Return a detector: of a picture, scores (K,) from 0 to 1 and boxes (K, 8, 2) in sides of the picture.

    A box is its centre, its size, and six points: the right eye, the left eye, the nose, the mouth, and the right and the
    left ear (x right, y down, from the outer corner of the picture).
    """
    graph = Graph()
    side = file.shape(file.inputs[0])[1]
    network = NetworkGraph(file, picture(graph, side) * (2 / 255) - 1.0)
    centres = anchor_centres(anchors)
    places = np.array([1, 0, 1, 1, 1, 1, 1, 1], np.float32).reshape(8, 1)  # all but the size
    offsets = graph.value(centres[:, None]) * places
    boxes = network.output(names[0]).shaped(-1, 8, 2) / float(side) + offsets
    scores = graph.op("Sigmoid", network.output(names[1]).shaped(-1).within(-100.0, 100.0))
    graph.output("boxes", boxes, (len(centres), 8, 2))
    graph.output("scores", scores, (len(centres),))
    return graph.model("face detector", PROPERTIES)


def anchor_centres(anchors: tuple[tuple[int, int], ...]) -> Floats:
    """Return the centres (K, 2) of the anchors, in sides of the picture, row by row."""
    parts = []
    for cells, per_cell in anchors:
        y, x = np.mgrid[:cells, :cells]
        centres = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells
        parts.append(np.repeat(centres, per_cell, axis=0))
    return np.asarray(np.concatenate(parts), np.float32)


def landmarks(file: NetworkFile) -> bytes:
    """Return the mesh: of a picture, points (478, 3) in its pixels, and the presence of a face, 0 to 1.

    Lips and eyes come from networks of their own; they replace x and y of the mesh. The depth of an iris is the mean depth
    of the contour of its eye.
    """
    graph = Graph()
    side = file.shape(file.inputs[0])[1]
    network = NetworkGraph(file, picture(graph, side) * (1 / 255))
    mesh = network.output("output_mesh_identity").shaped(468, 3)
    subsets = [np.array(operator.options["subset_idxs"], np.int64) for operator in network.transforms]
    refined = ["output_lips", "output_left_eye", "output_right_eye", "output_left_iris", "output_right_iris"]
    places = [mesh.part(0, 2, 1)] + [network.output(name).shaped(-1, 2) for name in refined]
    chosen = np.arange(468 + sum(map(len, subsets)) + 10)
    chosen[np.concatenate(subsets)] = np.arange(468, 468 + sum(map(len, subsets)))
    chosen = np.concatenate([chosen[:468], chosen[-10:]])
    depth = mesh.part(2, 3, 1)
    contours = [depth.take(subset[:16]).sum(0, keep=True) * (1 / 16) for subset in subsets[1:]]
    depths = graph.joined(depth, *(contour for contour in contours for _ in range(5)))
    points = graph.joined(graph.joined(*places).take(chosen), depths, axis=1)
    presence = graph.op("Sigmoid", network.output("conv_faceflag").shaped(1))
    graph.output("points", points, (478, 3))
    graph.output("presence", presence, (1,))
    return graph.model("face landmarks", PROPERTIES)


if __name__ == "__main__":
    main()
