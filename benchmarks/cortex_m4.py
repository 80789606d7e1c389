"""An exported model on an emulated Cortex-M4: compiled by gcc-arm-none-eabi, executed by qemu-system-arm.

The project is `examples/cortex-m4`; the board is Arm's MPS2+ with a Cortex-M4 (AN386). The emulator counts instructions,
not cycles: a real Cortex-M4 takes one to two cycles for most of them.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.export.c.writer import CFiles, c_files
from pixelfes.expression.model import ExpressionModel

PROJECT = Path(__file__).parents[1] / "examples" / "cortex-m4"
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
CPU = ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")
EMULATOR = (
    *("qemu-system-arm", "-machine", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none"),
    *("-semihosting-config", "enable=on,target=native", "-icount", "shift=0,sleep=off", "-kernel"),
)
_TIMEOUT = 60


def missing_tools() -> str:
    """Return which tools are not installed, as a reason to skip what needs them; "" where all are there.

    The compiler of this machine is one of them: what the board gives is compared with what it gives.
    """
    arm = "gcc-arm-none-eabi libnewlib-arm-none-eabi"
    tools = {"arm-none-eabi-gcc": arm, "qemu-system-arm": "qemu-system-arm", "gcc": "gcc libc6-dev"}
    missing = [package for tool, package in tools.items() if shutil.which(tool) is None]
    return f"no emulated Cortex-M4: apt-get install {' '.join(missing)}" if missing else ""


@dataclass(frozen=True)
class Firmware:
    """A compiled model.

    Attributes
    ----------
    program : Path
    flash : int
        Bytes of code and constants, those of the C library's functions that it uses included.
    """

    program: Path
    flash: int


@dataclass(frozen=True)
class Frame:
    """A photo changed on the board, and what it cost.

    Attributes
    ----------
    out : (H, W, 3) uint8
    workspace, stack : int
        Bytes of memory, beside the photos.
    preparing, pixels : int
        Instructions before the first line, and for all lines.
    """

    out: Pixels
    workspace: int
    stack: int
    preparing: int
    pixels: int


def build(model: ExpressionModel, folder: Path) -> Firmware:
    """Export a model to C and compile it for the board, in a folder."""
    return compiled(c_files(model), folder)


def compiled(text: CFiles, folder: Path, *options: str) -> Firmware:
    """Compile exported C for the board, in a folder."""
    (folder / "pixelfes.h").write_text(text.header)
    (folder / "pixelfes.c").write_text(text.source)
    compiler = ("arm-none-eabi-gcc", *CPU, "-O2", "-ffunction-sections", "-I.", *options)
    _run(*compiler, *STRICT, "-c", "pixelfes.c", folder=folder)
    for name in ("main", "start"):
        _run(*compiler, "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-c", PROJECT / f"{name}.c", folder=folder)
    script = ("-nostartfiles", "--specs=nosys.specs", "-Wl,--gc-sections", "-T", PROJECT / "mps2-an386.ld")
    _run(*compiler, *script, "start.o", "main.o", "pixelfes.o", "-lm", "-o", "model.elf", folder=folder)
    whole, *own = (_flash(folder / name) for name in ("model.elf", "main.o", "start.o"))
    return Firmware(folder / "model.elf", whole - sum(own))


def run(
    firmware: Firmware, photo: Pixels, landmarks: Array | None, intensity_q8: int, sizes: Floats | None = None
) -> Frame:
    """Change a photo on the board; facial actions take the size of each."""
    folder = firmware.program.parent
    height, width = photo.shape[:2]
    parts = (np.ascontiguousarray(part, "<f4").tobytes() for part in (landmarks, sizes) if part is not None)
    head = np.array([width, height, intensity_q8], "<i4").tobytes()
    (folder / "photo.bin").write_bytes(head + np.ascontiguousarray(photo).tobytes() + b"".join(parts))
    said = _run(*EMULATOR, firmware.program, folder=folder)
    numbers = {name: int(value) for name, value in (line.split() for line in said.splitlines())}
    out = np.frombuffer((folder / "out.bin").read_bytes(), np.uint8).reshape(photo.shape)
    return Frame(out, numbers.get("workspace", 0), numbers["stack"], numbers["preparing"], numbers["pixels"])


def _flash(path: Path) -> int:
    """Return the bytes of code, constants and initial values, as arm-none-eabi-size counts them."""
    line = _run("arm-none-eabi-size", path, folder=path.parent).splitlines()[1].split()
    return int(line[0]) + int(line[1])


def _run(*command: str | Path, folder: Path) -> str:
    """Run a command; return all that it says."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout
