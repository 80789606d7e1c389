"""Every format carries the mark that software made the photo, with any name of the maker."""

from __future__ import annotations

import io
import struct
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pixelfes.photos.provenance import PARTLY_SYNTHETIC, xmp_packet
from pixelfes.photos.reading import Photo, read_photo
from pixelfes.photos.writing import encode_photo

CREATOR = "{http://ns.adobe.com/xap/1.0/}CreatorTool"
SOURCE_TYPE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PHOTO = Photo(np.full((8, 8, 3), 99, np.uint8))


def properties(packet: bytes | str) -> dict[str, str | None]:
    """Return the properties of an XMP packet; fail unless it is one description with text properties."""
    root = ElementTree.fromstring(packet)  # noqa: S314 - our own bytes
    (description,) = root.findall(f"{RDF}RDF/{RDF}Description")
    assert all(len(child) == 0 and not child.attrib for child in description)
    return {child.tag: child.text for child in description}


def packet_of(data: bytes) -> Any:
    """Return the XMP packet in a file, or None."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or getattr(image, "tag_v2", {}).get(700)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("keep_metadata", [False, True])
def test_every_format_carries_the_mark(format: str, keep_metadata: bool) -> None:
    Image.init()
    if format not in Image.SAVE:
        pytest.skip("this Pillow has no AVIF")
    data = encode_photo(PHOTO, format, made_by="pixelfes 1.2 smile", keep_metadata=keep_metadata)
    assert properties(packet_of(data)) == {CREATOR: "pixelfes 1.2 smile", SOURCE_TYPE: PARTLY_SYNTHETIC}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photo_without_a_maker_is_not_marked(format: str) -> None:
    assert packet_of(encode_photo(PHOTO, format, made_by=None)) is None


def test_the_mark_is_where_readers_of_the_format_look_for_it() -> None:
    jpeg = encode_photo(PHOTO, "JPEG", made_by="m")
    packet = xmp_packet("m")
    start = jpeg.index(packet)
    header = b"http://ns.adobe.com/xap/1.0/\0"
    assert jpeg[start - len(header) - 4 : start] == b"\xff\xe1" + struct.pack(">H", 2 + len(header + packet)) + header
    assert b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + packet in encode_photo(PHOTO, "PNG", made_by="m")


@given(made_by=st.text(max_size=40))
def test_any_name_of_a_maker_gives_a_valid_packet(made_by: str) -> None:
    found = properties(xmp_packet(made_by))
    assert list(found) == [CREATOR, SOURCE_TYPE]
    assert found[SOURCE_TYPE] == PARTLY_SYNTHETIC


@pytest.mark.parametrize(
    ("made_by", "read"),
    [
        ("</xmp:CreatorTool><evil/>", "</xmp:CreatorTool><evil/>"),
        ("a & b < c > d \"e\" 'f'", "a & b < c > d \"e\" 'f'"),
        ("Lächeln {made_by} 😀", "Lächeln {made_by} 😀"),
        ('<?xpacket end="w"?>', '<?xpacket end="w"?>'),
        ("nul \0 escape \x1b half \ud800", "nul \ufffd escape \ufffd half \ufffd"),
    ],
)
def test_the_name_of_a_maker_is_read_back_as_text(made_by: str, read: str) -> None:
    assert properties(xmp_packet(made_by))[CREATOR] == read


def test_the_mark_of_an_earlier_edit_is_replaced() -> None:
    first = read_photo(encode_photo(PHOTO, "JPEG", made_by="first"))
    assert b"first" not in encode_photo(first, "JPEG", made_by="second", keep_metadata=True)
