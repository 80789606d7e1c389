"""Metadata of photo files: the EXIF data of the camera, and the XMP mark that software made the photo."""

from __future__ import annotations

import html
import os
import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from pixelfes.photos.png_chunks import Chunk

__all__ = [
    "PARTLY_SYNTHETIC",
    "WHOLLY_SYNTHETIC",
    "is_own_output",
    "made_by",
    "metadata_options",
    "read_dpi",
    "read_exif",
    "xmp_packet",
]

#: The IPTC's term for a photo that a trained model has changed in part.
PARTLY_SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

#: The IPTC's term for a picture that a trained model has made entirely.
WHOLLY_SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

_X_RESOLUTION = 0x011A
_ORIENTATION, _EXIF_IFD, _GPS_IFD, _XMP = 0x0112, 0x8769, 0x8825, 0x02BC
# EXIF tags that describe the photo: description, camera, software, date, artist, copyright.
# Tags of the file's layout and of the thumbnail are dropped.
_DESCRIPTIVE = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298)
# Dropped from the EXIF directory: maker note (holds previews), width and height (may be swapped), interoperability pointer.
_STALE = (0x927C, 0xA002, 0xA003, 0xA005)

_MARKED = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")
_CREATOR = re.compile("<xmp:CreatorTool>([^<]{1,1000})</xmp:CreatorTool>")
_LONGEST_PACKET = 100_000
_OWN_MARK = re.compile("pixelfes [^ ,]+, model ")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
   <xmp:CreatorTool>{made_by}</xmp:CreatorTool>
   <Iptc4xmpExt:DigitalSourceType>{source_type}</Iptc4xmpExt:DigitalSourceType>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def xmp_packet(made_by: str, source_type: str = PARTLY_SYNTHETIC) -> bytes:
    """Return the XMP packet that marks a photo as altered or made by a trained model.

    Parameters
    ----------
    made_by : str
        Package, version and model. Any text is allowed: it is escaped, and characters that XML cannot hold become U+FFFD.
    source_type : str
        One of the IPTC's terms, by default `PARTLY_SYNTHETIC`.

    Returns
    -------
    bytes
        The packet in UTF-8, ready to be embedded in JPEG, PNG, WebP, TIFF and AVIF files.

    Examples
    --------
    >>> b"<xmp:CreatorTool>pixelfes 1.0, smile &amp; more<" in xmp_packet("pixelfes 1.0, smile & more")
    True
    """
    text = html.escape(_NOT_XML.sub("\ufffd", made_by))
    return _PACKET.format(made_by=text, source_type=source_type).encode()


def made_by(source: str | os.PathLike[str]) -> str | None:
    """Return which program the metadata of a photo file say made it; None if they say nothing, or it is no photo.

    Only the header is read.
    """
    try:
        if not Path(source).is_file():
            return None
        with warnings.catch_warnings(action="ignore"), Image.open(source, formats=_MARKED) as image:
            tags: Any = getattr(image, "tag_v2", {})
            found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or tags.get(_XMP) or b""
    except Exception:
        return None
    text = found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
    creator = _CREATOR.search(text[:_LONGEST_PACKET])
    return html.unescape(creator[1]) if creator else None


def is_own_output(path: str | os.PathLike[str]) -> bool:
    """Return whether the metadata of a photo file say that ``pixelfes apply`` made it.

    Pictures of people who do not exist, which this program draws, have another mark.
    """
    return bool(_OWN_MARK.match(made_by(path) or ""))


def read_exif(image: Image.Image) -> tuple[int, bytes | None]:
    """Return the orientation and the descriptive EXIF data of an image.

    Returns
    -------
    orientation : int
        1 to 8; the pixels have yet to be turned accordingly. 1 if the EXIF data are damaged.
    exif : bytes or None
        The data that describe the photo, with orientation 1; None if there are none, or if they are damaged.
    """
    try:
        exif, kept = image.getexif(), Image.Exif()
        orientation = exif.get(_ORIENTATION, 1)
        orientation = orientation if orientation in range(1, 9) else 1
    except Exception:
        return 1, None
    try:
        for tag in _DESCRIPTIVE:
            if tag in exif:
                kept[tag] = exif[tag]
        for ifd in (_EXIF_IFD, _GPS_IFD):
            if values := {tag: value for tag, value in exif.get_ifd(ifd).items() if tag not in _STALE}:
                kept[ifd] = values
        if not len(kept):
            return orientation, None
        kept[_ORIENTATION] = 1
        return orientation, kept.tobytes()
    except Exception:
        return orientation, None


def read_dpi(image: Image.Image) -> tuple[float, float] | None:
    """Return the horizontal and vertical resolution in dots per inch, or None unless both are from 1 to 65535."""
    tags: Any = getattr(image, "tag_v2", None)
    if tags is not None and _X_RESOLUTION not in tags:
        return None  # Pillow says 1 dpi
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return (x, y) if 1 <= x <= 65535 and 1 <= y <= 65535 else None


def metadata_options(
    format: str,
    made_by: str | None,
    exif: bytes | None,
    source_type: str = PARTLY_SYNTHETIC,
    colour_chunks: Iterable[Chunk] = (),
) -> dict[str, Any]:
    """Return the keywords of Pillow's ``save`` that write the mark, the EXIF data and PNG colour chunks in this format."""
    mark = None if made_by is None else xmp_packet(made_by, source_type)
    if format == "TIFF":
        tags = Image.Exif()
        tags.load(exif or b"")
        if mark is not None:
            tags[_XMP] = mark
        return {"exif": tags}
    if format == "PNG":
        text = PngImagePlugin.PngInfo()
        for kind, content in colour_chunks:
            text.add(kind, content)
        if mark is not None:
            text.add_itxt("XML:com.adobe.xmp", mark)
        return {"pnginfo": text, "exif": exif}
    return {"xmp": mark, "exif": exif}
