"""Train the shipped model ``smile``, store the mean neutral face, and draw the demo portrait, all from the London pairs.

Usage: ``python scripts/train_smile.py ../shared/data/london``. The files are written into ``src/pixelfes/assets``; the
SHA-256 of each for the registry in ``pixelfes.assets`` is printed. How the settings were chosen: ``docs/smile.md``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import cv2
import numpy as np
from safetensors.numpy import save_file

from pixelfes import ExpressionModel, FaceDetector, ModelInfo, PixelRidge, load_pairs
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.pairs import Pair
from pixelfes.face.alignment import HeadPose, mean_shape
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.raster import affine_maps, draw_triangles, is_sliver, mapped_coordinates
from pixelfes.face.topology import OVAL, face_topology
from pixelfes.file_writing import write_file
from pixelfes.photos.reading import Photo, read_photo
from pixelfes.photos.writing import encode_photo
from pixelfes.user_cache import cache_folder
from pixelfes.version import __version__

ASSETS = Path(__file__).parents[1] / "src/pixelfes/assets"
INFO = ModelInfo(
    expression="smile",
    training_data="Face Research Lab London Set (version 5): neutral and smiling photos of 80 people",
    licence="Apache-2.0 (weights); learned from photos under CC BY 4.0",
    attribution="DeBruine, L., & Jones, B. (2017). Face Research Lab London Set. figshare. "
    "https://doi.org/10.6084/m9.figshare.5047666.v5. CC BY 4.0. Averages and regressions were computed from the photos.",
)
SIZE = 112

PORTRAIT_SIDE = 1280  # drawn at twice the size it is stored at: lips that touch are thinner than a pixel
PORTRAIT_EYE_DISTANCE = 300.0
PORTRAIT_EYES = (639.5, 530.5)
_OUTER_RING = 1.9


def main() -> None:
    """Train, draw, and write."""
    pairs = load_pairs(sys.argv[1])
    provider = CachedLandmarks(FaceDetector(), cache_folder() / "landmarks")
    model = ExpressionModel("mesh", PixelRidge(alpha="auto", prior="identity"), size=SIZE, landmarks=provider)
    model.fit(pairs, info=INFO)
    model.save(ASSETS / "smile.safetensors", precision="float16")
    faces = [provider.detect(read_photo(pair.input).pixels)[0] for pair in pairs]
    mean = mean_shape(faces)
    save_file(
        {"shape": mean.astype(np.float32)},
        ASSETS / "mean_face_468.safetensors",
        metadata={"points": "468", "source": INFO.attribution, "licence": INFO.licence},
    )
    portrait = average_portrait(pairs, faces, mean)
    made_by = f"pixelfes {__version__} (average of {len(pairs)} registered faces; {INFO.attribution})"
    write_file(ASSETS / "portrait.jpg", encode_photo(Photo(portrait), "JPEG", made_by=made_by))
    for name in ("mean_face_468.safetensors", "portrait.jpg", "smile.safetensors"):
        data = (ASSETS / name).read_bytes()
        print(f'    "{name}": "{hashlib.sha256(data).hexdigest()}",  # {len(data):,} bytes')


def average_portrait(pairs: list[Pair], faces: list[Array], mean: Array) -> Pixels:
    """Return the mean of all neutral faces, registered by their landmarks: a person who does not exist."""
    frame = mean[:, :2] * PORTRAIT_EYE_DISTANCE + PORTRAIT_EYES
    total = np.zeros((PORTRAIT_SIDE, PORTRAIT_SIDE, 3))
    for pair, face in zip(pairs, faces, strict=True):
        pose = HeadPose.of(face, mean)
        warped = _onto(read_photo(pair.input).pixels, face, pose, frame)
        total += warped + warped[:, ::-1]  # the mean shape is symmetric: mirror images are further faces
    half = (PORTRAIT_SIDE // 2, PORTRAIT_SIDE // 2)
    average = cv2.resize(total / (2 * len(pairs)), half, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(average + 0.5, 0, 255), np.uint8)


def _onto(pixels: Pixels, face: Array, pose: HeadPose, frame: Array) -> Array:
    """Warp a photo onto the frame: by the mesh inside the face, by the pose of the head far from it."""
    to_canonical = np.column_stack(
        [np.eye(2) / PORTRAIT_EYE_DISTANCE, -np.array(PORTRAIT_EYES) / PORTRAIT_EYE_DISTANCE]
    )
    similarity = pose.scale * pose.rotation[:2, :2] @ to_canonical
    similarity[:, 2] += pose.offset[:2]
    oval = frame[list(OVAL)]
    outer = oval.mean(0) + _OUTER_RING * (oval - oval.mean(0))
    source = np.concatenate([face[:, :2], outer @ similarity[:, :2].T + similarity[:, 2]])
    vertices = np.concatenate([frame, outer])
    triangles = face_topology().triangles
    triangles = triangles[np.argsort(~is_sliver(vertices, triangles), kind="stable")]
    labels = draw_triangles(vertices, triangles, (PORTRAIT_SIDE, PORTRAIT_SIDE))
    outside = similarity.reshape(6).astype(np.float32)
    field = mapped_coordinates(labels, affine_maps(vertices, source, triangles), outside)
    warped = cv2.remap(pixels, field, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.float64)


if __name__ == "__main__":
    main()
