"""The mark of clips that software made, and other metadata of their files.

The mark stands in the comment of the file: package, version and model, then the IPTC's term for a changed recording. GIF files
have a comment too; WebP and PNG files carry the packet of photos.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

from pixelfes.errors import ClipError
from pixelfes.photos.provenance import PARTLY_SYNTHETIC, made_by
from pixelfes.video.coding.opening import open_container
from pixelfes.video.kinds import FORMAT_OF_SUFFIX

_TERM = f"; digital source type: {PARTLY_SYNTHETIC}"
_OWN_MARK = re.compile("pixelfes [^ ,]+, model ")
_STALE = frozenset(
    ("encoder", "major_brand", "minor_version", "compatible_brands", "comment", "rotate", "duration", "creation_time")
)


def mark_comment(mark: str) -> str:
    """Return the comment that marks a clip.

    Examples
    --------
    >>> mark_comment("pixelfes 1.0, model smile")[:46]
    'pixelfes 1.0, model smile; digital source type'
    """
    return mark + _TERM


def container_metadata(source: Any, mark: str | None, *, keep: bool) -> dict[str, str]:
    """Return the metadata of an output: the mark, and with ``keep`` what the source says of title, place and device."""
    kept = {key: value for key, value in source.metadata.items() if key.lower() not in _STALE} if keep else {}
    return kept | ({} if mark is None else {"comment": mark_comment(mark)})


def clip_made_by(path: str | os.PathLike[str]) -> str | None:
    """Return which program the metadata of a clip say made it; None if they say nothing, or it is no clip."""
    suffix = Path(path).suffix.lower()
    comment = _video_comment(Path(path)) if suffix in FORMAT_OF_SUFFIX else _gif_comment(Path(path))
    if comment is None:
        return made_by(path)
    mark, found, _ = comment.partition(_TERM)
    return mark if found else None


def is_own_clip(path: str | os.PathLike[str]) -> bool:
    """Return whether the metadata of a clip say that ``pixelfes apply`` made it."""
    return bool(_OWN_MARK.match(clip_made_by(path) or ""))


def _video_comment(path: Path) -> str | None:
    with contextlib.suppress(ClipError), contextlib.closing(open_container(path)) as container:
        found = {key.lower(): value for key, value in container.metadata.items()}
        return found.get("comment")
    return None


def _gif_comment(path: Path) -> str | None:
    from PIL import Image

    with contextlib.suppress(Exception), Image.open(path, formats=("GIF",)) as image:
        comment = image.info.get("comment", b"")
        return comment.decode("utf-8", "replace") if isinstance(comment, bytes) else str(comment)
    return None
