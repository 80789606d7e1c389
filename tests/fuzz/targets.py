"""What is fuzzed: each target has files that are right, and reads damaged ones. Only a `PixelfesError` may come out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from PIL import Image

import pixelfes
from pixelfes.assets import asset_bytes
from pixelfes.errors import PixelfesError
from pixelfes.expression.base import RegistrationName
from pixelfes.expression.pair_files import list_pairs
from pixelfes.face.landmarks import FixedLandmarks
from pixelfes.photos.frames import read_frames
from pixelfes.photos.provenance import made_by
from pixelfes.photos.reading import read_photo
from pixelfes.regress import regressor_by_name
from pixelfes.study.design.study import STUDY_FILE, TEXTS_FILE, read_study
from pixelfes.study.design.wording import english_file, read_study_texts
from tests.photos.photo_files import SRGB, exif_with
from tests.study.small_study import small_study

LARGEST_PIXELS = 4_000_000
"""Pixels that fuzzed photos may have: enough to meet the limits, few enough to be quick."""


@dataclass(frozen=True)
class Target:
    """A reader of files.

    Attributes
    ----------
    seeds : sequence of bytes
        Files that are right.
    read : callable
        Reads a file that holds damaged bytes.
    suffix : str
        Of that file.
    mended : callable, optional
        Makes lengths and the like fit again, so that damage gets further than the first check.
    """

    seeds: Sequence[bytes]
    read: Callable[[Path], object]
    suffix: str
    mended: Callable[[bytes], bytes] = bytes


def _encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def photos(_: Path) -> Target:
    """Photos of every format that is read, with profiles, EXIF data, frames and 16 bits."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 56, 4)).astype(np.uint8)
    colour = Image.fromarray(noise[..., :3]).resize((56, 40))
    frames = {"save_all": True, "append_images": [colour.rotate(90), colour.rotate(180)]}
    seeds = [_encoded(colour, name) for name in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")]
    seeds += [_encoded(colour, name, **frames) for name in ("GIF", "PNG", "WEBP", "TIFF")]
    seeds += [
        _encoded(colour, name, exif=exif_with(orientation=6), icc_profile=SRGB) for name in ("JPEG", "PNG", "WEBP")
    ]
    seeds += [_encoded(colour, "JPEG", progressive=True), _encoded(colour.convert("CMYK"), "JPEG")]
    seeds += [_encoded(colour, "TIFF", compression=name) for name in ("tiff_lzw", "tiff_adobe_deflate", "jpeg")]
    seeds += [_encoded(Image.fromarray(noise), "PNG"), _encoded(colour.convert("P"), "PNG", bits=4)]
    seeds += [_encoded(Image.fromarray(noise[..., 0].astype(np.uint16) * 257), name) for name in ("PNG", "TIFF")]
    if "HEIF" in Image.OPEN or _registers_heif():
        seeds.append(_encoded(colour, "HEIF"))

    def read(path: Path) -> None:
        made_by(path)
        photo = read_photo(path, max_pixels=LARGEST_PIXELS, keep_depth=True)
        assert photo.pixels.shape[2] == 3
        read_frames(path, max_pixels=LARGEST_PIXELS)

    return Target(seeds, read, ".img")


def _registers_heif() -> bool:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False)
    return "HEIF" in Image.SAVE


def models(folder: Path) -> Target:
    """Model files of all methods and both registrations; what loads also changes a face."""
    people = pixelfes.fictional_people(3, size=64)
    seeds = [asset_bytes("smile.safetensors")]
    folder.mkdir(parents=True, exist_ok=True)
    for registration in get_args(RegistrationName):
        for name in ("pixel-rr", "pixel-kr", "omp"):
            path = folder / f"{registration}-{name}.safetensors"
            fitted = pixelfes.ExpressionModel(registration, regressor_by_name(name)(), size=16)
            fitted.fit(people).save(path)
            seeds.append(path.read_bytes())
    refined = pixelfes.load("expressions").showing("angry + wink:0.5").fit([])
    refined.save(folder / "refined.safetensors")
    seeds.append((folder / "refined.safetensors").read_bytes())
    face = people[0]

    def read(path: Path) -> None:
        model = pixelfes.load(path)
        model.describe()
        with np.errstate(all="ignore"):
            out = model.synthesize(face.input, landmarks=face.input_landmarks)
        assert out.dtype == np.uint8

    return Target(seeds, read, ".safetensors", _with_header_length)


def _with_header_length(data: bytes) -> bytes:
    """Return a safetensors file whose first eight bytes say where its header ends."""
    end = data.find(b"}}", 8) + 2
    while data[end : end + 1] == b" ":
        end += 1
    return (end - 8).to_bytes(8, "little") + data[8:] if end > 8 else data


def landmarks(_: Path) -> Target:
    """Landmarks as arrays and as files of pairs; a face is changed where they are accepted."""
    face = pixelfes.fictional_people(1, size=64)[0]
    points = np.stack([np.asarray(face.input_landmarks), np.asarray(face.target_landmarks)]).astype(np.float32)
    seeds = []
    for array in (points, points.astype(np.float64), points[:, :, :2]):
        file = io.BytesIO()
        np.save(file, array)
        seeds.append(file.getvalue())
    model = pixelfes.load("smile")

    def read(path: Path) -> None:
        folder = path.parent / "pairs"
        for part in ("neutral", "smile"):
            (folder / part).mkdir(parents=True, exist_ok=True)
            (folder / part / "a.png").touch()
        (folder / "landmarks").mkdir(exist_ok=True)
        path.replace(folder / "landmarks/a.npy")
        for pair in list_pairs(folder).pairs:
            given = pair.input_landmarks
            if given is not None:
                FixedLandmarks(given)
                model.synthesize(face.input, landmarks=given)

    return Target(seeds, read, ".npy")


def tables(_: Path) -> Target:
    """CSV files of pairs."""
    text = 'input,target,weight\na.jpg,b.jpg,1\n"c, d.jpg",e.jpg,0.5\nf\\g.jpg,h.jpg,\n'
    seeds = [text.encode(code) for code in ("utf-8", "utf-8-sig", "utf-16")]
    seeds += [text.replace(",", mark).encode() for mark in (";", "\t")]
    return Target(seeds, list_pairs, ".csv")


def studies(folder: Path) -> Target:
    """The files study.json and texts.json of a study."""
    small = small_study(folder / "made")
    seeds = [(small.folder / STUDY_FILE).read_bytes(), english_file(), b"[" * 10_000, b'{"a":' * 5_000]

    def read(path: Path) -> None:
        data = path.read_bytes()
        is_study = b"organiser" in data[:100_000]
        (small.folder / STUDY_FILE).write_bytes(data if is_study else seeds[0])
        (small.folder / TEXTS_FILE).write_bytes(english_file() if is_study else data)
        study = read_study(small.folder)
        read_study_texts(small.folder, study.questions)

    return Target(seeds, read, ".json")


def caches(_: Path) -> Target:
    """Entries of the cache of results: a damaged one counts as not there."""
    from pixelfes.evaluate.run.results_cache import ResultsCache

    seeds = [json.dumps({"values": {"a": 1.5}, "list": [1, 2]}).encode(), b'{"model": "00"}', b"[" * 10_000]

    def read(path: Path) -> None:
        found = ResultsCache(path.parent).read(path.stem)
        assert found is None or isinstance(found, dict)

    return Target(seeds, read, ".json")


def requests(folder: Path) -> Target:
    """HTTP requests to a study's server, as lines: method, address, headers, an empty line, and a body."""
    from fastapi.testclient import TestClient

    from pixelfes.study.answers.store import AnswerStore
    from pixelfes.study.server.app import create_app
    from tests.study.study_client import NO_LIMITS

    small = small_study(folder / "made")
    client = TestClient(
        create_app(small.study, small.folder, AnswerStore(small.study, f"sqlite:///{folder}/answers.db"), NO_LIMITS),
        raise_server_exceptions=False,
    )
    token = client.post("/api/participants", json={"consent": True}).json()["token"]
    bearer = f"authorization: Bearer {token}\ncontent-type: application/json\n"
    seeds = [
        f"GET /api/progress\n{bearer}\n",
        f'POST /api/answers\n{bearer}\n{{"trial": 0, "choice": "left", "milliseconds": 1500}}',
        'POST /api/participants\ncontent-type: application/json\n\n{"consent": true}',
        f"GET /images/{small.study.items[0].input.id}.png\nrange: bytes=0-10\n\n",
        f"GET /results?x=1\nauthorization: Bearer {small.token}\naccept-language: de\n\n",
        "GET /\nhost: localhost\n\n",
    ]

    def read(path: Path) -> None:
        head, _, body = path.read_bytes().partition(b"\n\n")
        first, *lines = head.decode("latin-1").split("\n")
        method, _, address = first.partition(" ")
        pairs = [line.encode("latin-1").partition(b": ") for line in lines if ": " in line]
        headers = [(name, value) for name, _, value in pairs]
        try:
            request = client.build_request(method or "GET", "/" + address.lstrip("/"), headers=headers, content=body)
        except Exception as error:  # the client itself refuses it
            raise PixelfesError("no request") from error
        assert client.send(request).status_code < 500

    return Target([seed.encode() for seed in seeds], read, ".http")


def clips(folder: Path) -> Target:
    """Videos with sound in both families of containers; what is read is also written."""
    from pixelfes.video.clips import change_clip
    from pixelfes.video.provenance import clip_made_by
    from pixelfes.video.settings import ClipSettings
    from tests.video.clip_files import ClipKind, make_clip

    folder.mkdir(parents=True)
    kinds = {
        "a.mp4": ClipKind(frames=6, clicks=(0.1,)),
        "b.mkv": ClipKind(frames=6, clicks=(0.1,)),
        "c.webm": ClipKind(frames=3, codec="libvpx-vp9", size=(97, 63)),
        "d.mov": ClipKind(frames=4, ticks=(0, 3, 9, 11)),
    }
    settings = ClipSettings(max_pixels=LARGEST_PIXELS, max_seconds=3600)

    def read(path: Path) -> None:
        clip_made_by(path)
        changed = path.with_name("changed.mkv")
        change_clip(path, changed, lambda frames: (frame.pixels for frame in frames), settings)
        changed.unlink()

    return Target([make_clip(folder / name, kind).read_bytes() for name, kind in kinds.items()], read, ".mp4")


TARGETS: dict[str, Callable[[Path], Target]] = {
    "photos": photos,
    "clips": clips,
    "models": models,
    "landmarks": landmarks,
    "tables": tables,
    "studies": studies,
    "caches": caches,
    "requests": requests,
}
SHARES = {
    "photos": 10_000,
    "clips": 3_000,
    "models": 3_000,
    "landmarks": 2_000,
    "tables": 3_000,
    "studies": 3_000,
    "caches": 1_000,
    "requests": 3_000,
}
"""Inputs of a full run."""
