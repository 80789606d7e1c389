"""Models as C99: a header and a source for a microcontroller, without malloc and without floating point in the pixel loop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from pixelfes.export.c.grid import grid_parts, grid_tables
from pixelfes.export.c.mesh import PARTS, mesh_tables
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.expression.model import ExpressionModel

_INCLUDES = "#include <math.h>\n#include <string.h>"


@dataclass(frozen=True)
class CFiles:
    """The text of a header and of the source that includes it."""

    header: str
    source: str


def c_files(model: ExpressionModel, header_name: str = "pixelfes.h") -> CFiles:
    """Return a fitted model as C: all of the synthesis after the landmarks, from whole numbers in flash.

    Parameters
    ----------
    header_name : str
        The name under which the source includes the header.

    Raises
    ------
    InputError
        If the model cannot be exported.
    """
    learned, info = model.learned_, model.info_
    grid = learned.displacement is None
    tables = grid_tables(learned) if grid else mesh_tables(learned)
    words = {
        "SETTINGS": _template("mesh/settings.h").strip(),
        "WORK": _template("mesh/work.h").strip(),
        "TITLE": "A facial expression, by pixel-based regression, on "
        + ("a registered crop." if grid else "a photo and the landmarks of a face in it."),
        "VERSION": __version__,
        "EXPRESSION": _comment(info.expression),
        "SIDE": str(learned.registration.size),
        "TRIANGLES": str(_triangles()),
        "ANCHORS": _anchors(learned.registration.size),
    }
    header = _filled(_template("grid/interface.h" if grid else "expression/interface.h"), words)
    notice = f"/* {_comment(info.attribution)}\n * Licence: {_comment(info.licence)} */" if info.attribution else ""
    parts = [_template(f"{name}.c") for name in (grid_parts(learned) if grid else PARTS)]
    made = f"/* Made by pixelfes {words['VERSION']}; {header_name} says how to use it. */"
    head = [made, notice, f'#include "{header_name}"', "" if grid else _INCLUDES]
    return CFiles(header, "\n\n".join(part.strip() for part in [*head, "\n".join(tables), *parts] if part) + "\n")


def _template(name: str) -> str:
    return (files("pixelfes.export.c") / "templates" / name).read_text(encoding="utf-8")


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def _comment(text: str) -> str:
    r"""Return text that can stand in a comment: what a model file says is no code.

    >>> _comment('a */ int x;\nb??/')
    'a   int x; b  '
    """
    return re.sub(r"[^\w .,:;()+'&-]", " ", text.replace("*/", " ").replace("\n", " "))[:400]


def _anchors(side: int) -> str:
    from pixelfes.face.grid import ANCHORS

    right, left, mouth = (f"({x:.1f}, {y:.1f})" for x, y in ANCHORS * side - 0.5)
    return f"{right}, {left} and {mouth}"


def _triangles() -> int:
    from pixelfes.face.topology import face_topology

    return len(face_topology().triangles)
