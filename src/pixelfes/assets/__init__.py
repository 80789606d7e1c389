"""The data files that the package ships, each with its SHA-256; `NOTICE` names their sources."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from pixelfes.errors import ModelError

SHA256 = {
    "brows.safetensors": "62d8a926310b96f5955fb2961c459edb7035c1dcee8fd533b61350809f86eb26",
    "expressions.safetensors": "d91e494f53c0bb7fc6f32af077fb2fff35881b4b51762f40b0cd473e006da941",
    "face_detector_short.onnx": "3659d90d3f3362ae411a72d81c28e426cf81f0428979a2a2f778610ef2dbb77b",
    "face_landmarks.onnx": "334eade5b0c16f3f2378e4dcb175c8128ddfdd2518200e5f550dbf42ee07a202",
    "face_mesh_468.safetensors": "a1a93fbcb5b160474f9eab0d5997ca0497775138d78ca2946dbac83b404d005a",
    "face_textures.safetensors": "edc2d68b48d2979bb4bfb7891fda53c4dad8ea6cae2f734ecbf529a34e737b40",
    "happy_judge.safetensors": "101bb1f7a743785072969790b4ddc4033d8bebbc534aeb5596e878de05a70ade",
    "mean_face_468.safetensors": "083112a6fbd4c1ca3d0d3ccb194c4a02fc3dc726a59026a9d1e781648e35a227",
    "people.safetensors": "ebdb1e72463db8bde32c55842b9db5eaa6a1b2f681e85fbbac57978044c65989",
    "portrait.jpg": "a8fea72f292340bfc83dddc539994f44e6a827610e5b13e11bcc2a9bc1c6c783",
    "resting_face.safetensors": "2fda0807d5b64a7a866d52dd496e680a104c0915365c53d5984fcb1ce09ae85c",
    "smile.safetensors": "8a4db533c0561e3edd95ec664a784526bac5dcba979a9d2be45d867fd7409a48",
}


def asset_bytes(name: str) -> bytes:
    """Return the content of a shipped file.

    Raises
    ------
    ModelError
        If its SHA-256 is not the registered one.

    Examples
    --------
    >>> len(asset_bytes("smile.safetensors"))
    62834
    """
    data = (files("pixelfes.assets") / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        raise ModelError(f"the shipped file {name} is damaged: install pixelfes again")
    return data


@contextmanager
def asset_path(name: str) -> Iterator[Path]:
    """Give the path of a shipped file, checked like `asset_bytes`; it may be temporary."""
    asset_bytes(name)
    with as_file(files("pixelfes.assets") / name) as path:
        yield path
