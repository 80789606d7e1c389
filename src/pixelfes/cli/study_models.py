"""Candidates of a study that models make first, and the NAME=VALUE options that name them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pixelfes.errors import FaceNotFoundError, InputError, PhotoError

if TYPE_CHECKING:
    from pixelfes.expression.base import Model

Show = Callable[[str, int, int], None]


def named(options: Sequence[str], option: str, value: str, *, by_stem: bool = False) -> dict[str, str]:
    """Split options of the form NAME=VALUE.

    Parameters
    ----------
    options : list of str
    option, value : str
        What they are called, for the message.
    by_stem : bool
        Whether VALUE alone is a path that gives its own name.

    Raises
    ------
    InputError
        Where one has another form, or two have the same name.

    Examples
    --------
    >>> named(["mr=out/mr", "models/pixel-rr.safetensors"], "--models", "MODEL", by_stem=True)
    {'mr': 'out/mr', 'pixel-rr': 'models/pixel-rr.safetensors'}
    """
    found: dict[str, str] = {}
    for text in options:
        name, equals, rest = text.partition("=")
        if not equals and by_stem:
            name, rest = Path(text).stem, text
        if not name.strip() or not rest.strip():
            raise InputError(f"{option} is to be {'[NAME=]' if by_stem else 'NAME='}{value}, not {text!r}")
        if name.strip() in found:
            raise InputError(f"{option} names {name.strip()} twice")
        found[name.strip()] = rest.strip()
    return found


@contextmanager
def made_by_models(
    inputs: Path, models: Mapping[str, str], intensity: float, show: Show
) -> Iterator[tuple[dict[str, Path], list[str]]]:
    """Change every input by every model, and give the folders, which are dropped at the end, and notes on what failed.

    Raises
    ------
    PixelfesError
        Where a model cannot be loaded, or none of the inputs can be changed.
    """
    if not models:
        yield {}, []
        return
    from pixelfes.loading import load
    from pixelfes.study.design.creation import pictures_in

    loaded = {name: load(path) for name, path in models.items()}
    sources = pictures_in(inputs)
    with tempfile.TemporaryDirectory(prefix="pixelfes-study-") as name:
        folders = {candidate: Path(name) / str(n) for n, candidate in enumerate(loaded)}
        notes: list[str] = []
        for n, (candidate, model) in enumerate(loaded.items()):
            folders[candidate].mkdir()
            for m, (stem, source) in enumerate(sources.items()):
                try:
                    (folders[candidate] / f"{stem}.png").write_bytes(_changed(model, source, intensity))
                except (PhotoError, FaceNotFoundError) as error:
                    about = "" if str(source) in str(error) else f"{source}: "
                    notes.append(f"{candidate} cannot change {about}{error}")
                show("models", n * len(sources) + m + 1, len(loaded) * len(sources))
            if not any(folders[candidate].iterdir()):
                raise InputError(notes[-1])
        yield folders, notes


def _changed(model: Model, source: Path, intensity: float) -> bytes:
    from dataclasses import replace

    from pixelfes.photos.reading import read_photo
    from pixelfes.photos.writing import encode_photo

    photo = read_photo(source)
    return encode_photo(replace(photo, pixels=model.synthesize_pixels(photo.pixels, intensity)), "PNG", made_by=None)
