"""Models as C99: a header and a source for a microcontroller, without malloc and without floating point in the pixel loop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from pixelfes.export.c.actions import SIDE, action_parts, action_tables
from pixelfes.export.c.choice import action_words
from pixelfes.export.c.grid import grid_parts, grid_tables
from pixelfes.export.c.mesh import PARTS, mesh_tables
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.mix import Mix
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.expression.actions.model import ActionModel
    from pixelfes.expression.base import ModelInfo
    from pixelfes.expression.model import ExpressionModel

_TITLE = "A facial expression, by pixel-based regression, on"
_COARSELY = (
    "What faces are drawn at: one drawn pixel for so many of the photo that the eyes are about 56 apart. A face wider than\n"
    " * this in drawn pixels is refused; 256 is enough for all that a photo can show."
)
_FINELY = "Faces are drawn at the resolution of the photo. A face that is wider than this, in pixels, is refused."
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
    learned = model.learned_
    size = learned.registration.size
    if learned.displacement is None:
        words = {"TITLE": f"{_TITLE} a registered crop.", "SIDE": str(size), "ANCHORS": _anchors(size)}
        program = _Program(
            "grid", words, grid_tables(learned), [_template(f"{name}.c") for name in grid_parts(learned)]
        )
    else:
        tables, parts = mesh_tables(learned), [_template(f"{name}.c") for name in PARTS]
        program = _Program("expression", _mesh_words("A facial expression", size, _COARSELY), tables, parts, _INCLUDES)
    return program.files(model.info_, header_name)


def c_action_files(model: ActionModel, header_name: str = "pixelfes.h") -> CFiles:
    """Return the facial actions as C, each behind a macro; parameters are those of `c_files`."""
    actions = shipped_actions()
    words = _mesh_words("Facial actions", SIDE, _FINELY) | action_words(actions)
    tables = [_template("actions/types.c").strip(), *action_tables(actions)]
    program = _Program("actions", words, tables, action_parts(_template), _INCLUDES)
    return program.files(model.showing(Mix()).info_, header_name)


@dataclass(frozen=True)
class _Program:
    """What a header and a source are made of; ``kind`` is the folder of the interface."""

    kind: str
    words: dict[str, str]
    tables: list[str]
    parts: list[str]
    includes: str = ""

    def files(self, info: ModelInfo, header_name: str) -> CFiles:
        """Return the files."""
        words = self.words | {"VERSION": __version__, "EXPRESSION": _comment(info.expression)}
        header = _filled(_template(f"{self.kind}/interface.h"), words)
        notice = f"/* {_comment(info.attribution)}\n * Licence: {_comment(info.licence)} */" if info.attribution else ""
        made = f"/* Made by pixelfes {__version__}; {header_name} says how to use it. */"
        head = [made, notice, f'#include "{header_name}"', self.includes]
        text = "\n\n".join(part.strip() for part in [*head, "\n".join(self.tables), *self.parts] if part)
        return CFiles(header, text + "\n")


def _mesh_words(what: str, size: int, drawn: str) -> dict[str, str]:
    return {
        "SETTINGS": _template("mesh/settings.h").strip(),
        "DRAWN": drawn,
        "WORK": _template("mesh/work.h").strip(),
        "TITLE": f"{what}, by pixel-based regression, on a photo and the landmarks of a face in it.",
        "SIDE": str(size),
        "TRIANGLES": str(_triangles()),
    }


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
