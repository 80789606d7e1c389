"""What the facial actions in C cost on a Cortex-M4, by the actions that are compiled: flash, memory, instructions.

Usage: ``python benchmarks/c_actions.py [-o docs/tables/c-actions.md]``. Each choice is compiled for the emulated board of
`cortex_m4`. It changes the portrait that comes with the package, at 256 x 256 pixels, by all chosen actions of size 0.4.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import pixelfes
from cortex_m4 import compiled, missing_tools, run
from deploy import Face, portrait_face, table
from pixelfes.export.c.choice import plain_name, stored_names
from pixelfes.export.c.writer import c_action_files
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_actions
from pixelfes.expression.actions.mix import mix_of
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.synthesis import TO_LIGHT
from pixelfes.file_writing import write_file

SIZE = 0.4
BROWS = ("browDown", "browInnerUp", "browOuterUp")
MOUTH = (
    "jawOpen",
    "mouthSmile",
    "mouthFrown",
    "mouthPucker",
    "mouthFunnel",
    "mouthStretch",
    "mouthPress",
    "mouthUpperUp",
)
EYES = ("eyeBlink", "eyeWide", "eyeSquint", "eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut")
CHOICES: dict[str, Sequence[str]] = {
    "none": (),
    "cheekPuff": ("cheekPuff",),
    "jawOpen": ("jawOpen",),
    "eyeBlink": ("eyeBlink",),
    "brows": BROWS,
    "surprised": ("browInnerUp", "browOuterUp", "eyeWide", "jawOpen", "mouthFunnel"),
    "eyes and gaze": EYES,
    "a mouth that talks": MOUTH,
    "brows, eyes, mouth": (*BROWS, *EYES, *MOUTH),
    "all": tuple(stored_names(shipped_actions())),
}
_HEADER = (
    "chosen",
    "actions",
    "flash",
    "memory",
    "instructions before the first line",
    "of all lines",
    "largest difference",
)


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables/c-actions.md"))
    arguments = parser.parse_args()
    if missing_tools():
        sys.exit(missing_tools())
    face = portrait_face()
    text = table([measured(name, names, face) for name, names in CHOICES.items()], _HEADER)
    print(text)
    write_file(arguments.output, text.encode())


def measured(name: str, names: Sequence[str], face: Face) -> list[str]:
    """Return the row of a choice of actions."""
    actions, (pixels, points) = shipped_actions(), face
    weights = mix_of(dict.fromkeys(names, SIZE)).actions
    sizes = np.array([weights.get(one, 0.0) for one in actions.names])
    options = ["-DPIXELFES_ONLY", *(f"-DPIXELFES_HAS_{plain_name(one)}" for one in names)]
    with tempfile.TemporaryDirectory() as folder:
        firmware = compiled(c_action_files(pixelfes.load("expressions")), Path(folder), *options)
        frame = run(firmware, pixels, points, 0, sizes.astype(np.float32))
    expected = pixels.copy()
    change_by_actions(actions, expected, points, mixed(actions, weights), adaptation=TO_LIGHT)
    difference = np.abs(frame.out.astype(int) - expected).max()
    costs = [f"{count / 1e6:.1f} M" for count in (frame.preparing, frame.pixels)]
    memory = f"{frame.workspace + frame.stack:,}"
    return [name, str(len(names)), f"{firmware.flash:,}", memory, *costs, str(difference)]


if __name__ == "__main__":
    main()
