"""The photos that the page shows before anybody has opened one."""

from __future__ import annotations

import io

from PIL import Image

from pixelfes.export.web.examples import example_photos
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.loading import load_expression_model
from pixelfes.photos.provenance import WHOLLY_SYNTHETIC
from pixelfes.photos.reading import read_photo


def test_six_people_who_do_not_exist_and_one_before_and_after() -> None:
    photos = example_photos(load_expression_model("smile"))
    faces = [photos[f"face-{number}.jpg"] for number in range(1, 7)]
    assert len(set(faces)) == 6
    assert set(photos) == {"before.jpg", "after.jpg"} | {
        f"{kind}-{n}.jpg" for kind in ("face", "small") for n in range(1, 7)
    }
    for data in faces:
        photo = read_photo(io.BytesIO(data))
        assert photo.pixels.shape == (640, 640, 3)
        assert len(FaceDetector().detect(photo.pixels)) == 1
        assert WHOLLY_SYNTHETIC.encode() in data
    assert sum(len(data) for name, data in photos.items() if not name.startswith("face")) < 80_000
    with Image.open(io.BytesIO(photos["before.jpg"])) as before, Image.open(io.BytesIO(photos["after.jpg"])) as after:
        assert before.size == after.size == (480, 480)
        assert before.tobytes() != after.tobytes()
