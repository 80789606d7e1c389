"""Train the model of face textures that tells covered mouths, from the London pairs and fictional people.

Usage: ``python scripts/train_trust.py ../shared/data/london [--leave-out ID ...]``. It writes
``assets/face_textures.safetensors`` and prints its SHA-256 for `pixelfes.assets`. The components come from the photos as
they are. The classifier learns from textures in many lights, with beards and open mouths, against the same with a mask, a
hand, a microphone or something else over the mouth (``covered_textures.py``). It needs the extra ``judge`` (scikit-learn).
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

import pixelfes
from covered_textures import TextureVariations
from pixelfes.arrays import AnyArray, Array, Floats
from pixelfes.expression.pairs import Pair
from pixelfes.face.detector.landmark_cache import photo_detector
from pixelfes.face.trust.mouth_texture import MouthTexture, mouth_regions, register_mouth
from pixelfes.face.trust.texture_model import TextureModel, standardised, texture_features
from pixelfes.photos.reading import read_photo

OUT = Path(__file__).parents[1] / "src/pixelfes/assets/face_textures.safetensors"
COMPONENTS = 12
FICTIONAL = 60
VARIATIONS = 14
PENALTY = 0.01  # scikit-learn's C
METADATA = {
    "licence": "Apache-2.0 (weights); learned from photos under CC BY 4.0",
    "attribution": "DeBruine, L., & Jones, B. (2017). Face Research Lab London Set. figshare. "
    "https://doi.org/10.6084/m9.figshare.5047666.v5. CC BY 4.0. Averages and regressions were computed from the photos.",
}


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="ID", help="people not to learn from")
    parser.add_argument("-o", "--output", type=Path, default=OUT)
    arguments = parser.parse_args()
    pairs = [pair for pair in pixelfes.load_pairs(arguments.pairs) if Path(pair.name).stem not in arguments.leave_out]
    people = textures(pairs)
    drawn = textures(pixelfes.fictional_people(FICTIONAL, seed=77))
    model = with_classifier(components(people), people + drawn)
    save_file(arrays_of(model), arguments.output, metadata=METADATA)
    data = arguments.output.read_bytes()
    print(f'    "{arguments.output.name}": "{hashlib.sha256(data).hexdigest()}",  # {len(data):,} bytes')


def textures(pairs: Sequence[Pair]) -> list[Floats]:
    """Return the registered textures of both photos of every pair."""
    provider = photo_detector()
    photos = [read_photo(photo).pixels for pair in pairs for photo in (pair.input, pair.target)]
    return [register_mouth(pixels, provider.detect(pixels)[0]) for pixels in photos]


def components(people: list[Floats]) -> TextureModel:
    """Return the principal components of faces and their mirror images; the classifier is empty."""
    luminance = MouthTexture.of(people).luminance
    both = np.concatenate([luminance, luminance[:, :, ::-1]])
    faces = standardised(both[:, mouth_regions().face])
    mean = faces.mean(0)
    _, singular, axes = np.linalg.svd(faces - mean, full_matrices=False)
    spread = singular[:COMPONENTS] / np.sqrt(len(faces))
    nothing = np.zeros(0)
    return TextureModel(_half(mean), _half(axes[:COMPONENTS]), spread, nothing, nothing, nothing, 0.0)


def with_classifier(model: TextureModel, faces: list[Floats]) -> TextureModel:
    """Return the model with a classifier that tells varied faces from the same faces covered."""
    vary = TextureVariations(seed=11)
    open_faces = [vary.uncovered(face) for _ in range(VARIATIONS) for face in faces]
    covered = [vary.covered(face) for face in open_faces]
    features = np.concatenate([texture_features(MouthTexture.of(group), model) for group in (open_faces, covered)])
    centre, scale = features.mean(0), features.std(0)
    labels = np.repeat([0, 1], len(open_faces))
    fitted = LogisticRegression(C=PENALTY, max_iter=4000).fit((features - centre) / scale, labels)
    print(
        f"{len(open_faces)} open and as many covered textures: {fitted.score((features - centre) / scale, labels):.1%} right"
    )
    return TextureModel(
        model.mean, model.components, model.spread, centre, scale, fitted.coef_[0], float(fitted.intercept_[0])
    )


def arrays_of(model: TextureModel) -> dict[str, AnyArray]:
    """Return the arrays of the file, in single or half precision."""
    names = ("spread", "centre", "scale", "weights")
    arrays: dict[str, AnyArray] = {name: np.asarray(getattr(model, name), np.float32) for name in names}
    arrays |= {name: np.asarray(getattr(model, name), np.float16) for name in ("mean", "components")}
    return arrays | {"bias": np.array([model.bias], np.float32)}


def _half(values: Array) -> Array:
    return np.asarray(values.astype(np.float16), np.float64)


if __name__ == "__main__":
    main()
