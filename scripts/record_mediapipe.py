"""Record what MediaPipe 0.10.21 finds, for the test that compares our landmarks with it.

Usage: ``python scripts/record_mediapipe.py OUT`` in an environment with ``mediapipe==0.10.21`` and this package without its
extras. The faces are the shipped portrait: at several sizes, mirrored, and rolled. OUT is a safetensors file with the landmarks
(K, 478, 3) in image pixels from the outer edge of the picture, and the SHA-256 of the pictures.
"""

from __future__ import annotations

import hashlib
import sys
from importlib.resources import files

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from pixelfes.arrays import Array, Pixels

SIDES = (160, 200, 240, 320)
ROLLS = (-30, 15)  # degrees


def pictures() -> list[Pixels]:
    """Return the pictures of the portrait."""
    with Image.open(str(files("pixelfes") / "assets" / "portrait.jpg")) as portrait:
        sizes = [portrait.resize((side, side), Image.Resampling.BOX) for side in SIDES]
    mirrored = [picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for picture in sizes]
    rolled = [picture.rotate(degrees, Image.Resampling.NEAREST) for picture in sizes for degrees in ROLLS]
    return [np.asarray(picture) for picture in sizes + mirrored + rolled]


def checksum(shown: list[Pixels]) -> str:
    """Return the SHA-256 of all pixels."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(picture).tobytes() for picture in shown)).hexdigest()


def landmarks(shown: list[Pixels]) -> Array:
    """Return MediaPipe's landmarks (K, 478, 3)."""
    from mediapipe.python.solutions import face_mesh

    mesh = face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, min_detection_confidence=0.5)
    found = []
    for picture in shown:
        height, width = picture.shape[:2]
        (face,) = mesh.process(picture).multi_face_landmarks
        found.append([(point.x * width, point.y * height, point.z * width) for point in face.landmark])
    return np.array(found)


def main() -> None:
    """Record and store."""
    shown = pictures()
    save_file(
        {"landmarks": landmarks(shown).astype(np.float32)},
        sys.argv[1],
        metadata={"pictures_sha256": checksum(shown), "source": "MediaPipe 0.10.21 (Apache-2.0), face_mesh, refined"},
    )


if __name__ == "__main__":
    main()
