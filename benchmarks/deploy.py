"""What an exported model costs, and how far it is from Python: Python, ONNX Runtime, C and the web page side by side.

Usage: ``python benchmarks/deploy.py [--web FILE] [--rounds 15] [-o docs/tables/deploy.md]``. The shipped model changes a photo
of 256 x 256 pixels; small grid models, fitted on fictional people, change registered crops. Every round times every runtime of
a model once, in turn; medians are printed. FILE is what the benchmark of the page writes, a JSON object with name, bytes,
gzip_bytes, ms_per_frame, max_difference and mean_difference. Memory is what a fresh process has at most beyond what it
had before it loaded the model (Linux only), or for C the workspace and the stack, photos not counted.
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

import pixelfes
from cortex_m4 import STRICT, Firmware, Frame, build, compiled, missing_tools, run
from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.export.c.writer import CFiles, c_action_files, c_files
from pixelfes.export.onnx.writer import onnx_action_bytes, onnx_bytes
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.expression.actions.draw.face_change import change_by_actions
from pixelfes.expression.actions.mixing import mixed
from pixelfes.expression.synthesis import TO_LIGHT
from pixelfes.face.grid import ANCHORS
from pixelfes.face.topology import INNER_LIPS, LEFT_EYE_CORNERS, N_POINTS, RIGHT_EYE_CORNERS
from pixelfes.file_writing import write_file
from pixelfes.loading import load_expression_model
from pixelfes.photos.reading import read_photo

Face = tuple[Pixels, Array]
Runtime = Callable[[Pixels, Array], Pixels]

SIDE = 256
PEOPLE = 20
TRAINED_ON = 200
_ON_BOARD = "C on a Cortex-M4 (emulated)"
_HEADER = ("model", "runs as", "bytes", "gzip", "memory", "time per frame", "largest difference", "mean difference")


@dataclass(frozen=True)
class Case:
    """A model, the faces that it changes, and what to call it."""

    name: str
    model: pixelfes.ExpressionModel
    faces: list[Face]


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--web", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--memory-of", nargs=2, metavar=("RUNTIME", "MODEL"), help="print only this, of this process")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/tables/deploy.md"))
    arguments = parser.parse_args()
    if arguments.memory_of:
        print(_memory_here(arguments.memory_of[0], Path(arguments.memory_of[1])))
        return
    rows = []
    for case in cases():
        with tempfile.TemporaryDirectory() as folder:
            rows += measured(case, Path(folder), arguments.rounds)
        if case.name.startswith("smile"):
            rows.append(["smile, mesh, frame of the page's benchmark", *web_row(arguments.web)])
            with tempfile.TemporaryDirectory() as folder:
                rows += action_rows(case.faces, Path(folder), arguments.rounds)
    text = table(rows)
    print(text)
    write_file(arguments.output, text.encode())


def cases() -> list[Case]:
    """Return the models: the shipped one, and two on registered crops."""
    people = list(pixelfes.fictional_people(TRAINED_ON + PEOPLE, seed=0))
    faces = [portrait_face()]
    for person in people[TRAINED_ON:]:
        faces.append(
            (read_photo(person.input).pixels, np.asarray(person.input_landmarks, np.float32).astype(np.float64))
        )
    found = [Case(f"smile, mesh, photo of {SIDE} x {SIDE}", load_expression_model("smile"), faces)]
    for title, regressor, side in (
        ("Pixel-RR", pixelfes.PixelRidge(alpha=0.4), 128),
        ("Pixel-KR", pixelfes.PixelKernelRidge(alpha=0.1), 64),
    ):
        model = pixelfes.ExpressionModel("grid", regressor, size=side).fit(people[:TRAINED_ON])
        crops = [np.rint(255 * model.learned_.registration.texture(*face)).astype(np.uint8) for face in faces]
        found.append(Case(f"{title}, grid, crop of {side} x {side}", model, [(crop, anchored(side)) for crop in crops]))
    return found


def portrait_face() -> Face:
    """Return the portrait that comes with the package, and its landmarks."""
    portrait = read_photo((files("pixelfes") / "assets" / "portrait.jpg").read_bytes()).pixels
    small = np.asarray(cv2.resize(portrait, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    return small, pixelfes.FaceDetector().detect(small)[0].astype(np.float32).astype(np.float64)


def anchored(side: int) -> Array:
    """Return landmarks that lie in a registered crop as the grid registration has them."""
    right, left, mouth = ANCHORS * side - 0.5
    points = np.tile(np.append((right + left + mouth) / 3, 0), (N_POINTS, 1))
    for indices, place in ((RIGHT_EYE_CORNERS, right), (LEFT_EYE_CORNERS, left), (INNER_LIPS, mouth)):
        points[list(indices), :2] = place
    return points


def measured(case: Case, folder: Path, rounds: int) -> list[list[str]]:
    """Return the rows of a model: Python, ONNX Runtime, C on this machine, C on the emulated board."""
    model = case.model
    stored, graph, source = folder / "model.safetensors", folder / "model.onnx", folder / "model.c"
    model.save(stored, "float16")
    graph.write_bytes(onnx_bytes(model))
    np.savez(folder / "face.npz", pixels=case.faces[0][0], points=case.faces[0][1])
    text = c_files(model)
    source.write_text(text.header + text.source)
    mesh = model.learned_.displacement is not None
    compiled, workspace = in_c(text, folder, mesh)
    runtimes: dict[str, Runtime] = {
        "Python": lambda pixels, points: model.synthesize_pixels(pixels, landmarks=points),
        "ONNX Runtime": in_onnx_runtime(graph),
        "C": compiled,
    }
    times = timed(runtimes, case.faces[0], rounds)
    memory = {name: memory_of(name, path) for name, path in (("Python", stored), ("ONNX Runtime", graph))}
    memory["C"] = f"{workspace:,}" if mesh else "stack only"
    rows = []
    for (name, runtime), path in zip(runtimes.items(), (stored, graph, source), strict=True):
        differences = "—, —" if name == "Python" else difference(case, runtime)
        rows.append([case.name, name, *sizes_of(path.read_bytes()), memory[name], f"{times[name]:.1f} ms"])
        rows[-1][-1] += "" if name == "Python" else f", {times[name] / times['Python']:.2f} x Python"
        rows[-1] += differences.split(", ")
    return [*rows, [case.name, *on_board(case, folder)]]


def action_rows(faces: list[Face], folder: Path, rounds: int) -> list[list[str]]:
    """Return the rows of facial actions, drawn as the exports draw them: a surprised face and a wink."""
    actions, model = shipped_actions(), pixelfes.load("expressions")
    graph, text = onnx_action_bytes(model), c_action_files(model)
    sizes = mixed(actions, (pixelfes.expression("surprised") + pixelfes.expression("wink")).actions)
    session, given = session_of(graph), sizes.astype(np.float32)
    more = {"actions": given, "gaze": np.zeros(2, np.float32)}
    program, workspace = in_c(text, folder, mesh=True, sizes=given)

    def in_python(pixels: Pixels, points: Array) -> Pixels:
        out = pixels.copy()
        change_by_actions(actions, out, points, sizes, adaptation=TO_LIGHT)
        return out

    def in_graph(pixels: Pixels, points: Array) -> Pixels:
        return np.asarray(session.run(None, {"photo": pixels, "landmarks": points.astype(np.float32)} | more)[0])

    stored = (files("pixelfes") / "assets" / "expressions.safetensors").read_bytes()
    parts = [
        ("Python", in_python, stored, "not measured"),
        ("ONNX Runtime", in_graph, graph, "not measured"),
        ("C", program, (text.header + text.source).encode(), f"{workspace:,}"),
    ]
    times = timed({name: runtime for name, runtime, *_ in parts}, faces[0], rounds)
    rows = []
    for name, runtime, data, memory in parts:
        ratio = "" if name == "Python" else f", {times[name] / times['Python']:.2f} x Python"
        found = "—, —" if name == "Python" else departure(faces, in_python, runtime)
        rows.append([name, *sizes_of(data), memory, f"{times[name]:.1f} ms{ratio}", *found.split(", ")])
    rows.append(actions_on_board(text, faces[:4], folder, given, in_python))
    return [[f"expressions, photo of {SIDE} x {SIDE}", *row] for row in rows]


def actions_on_board(text: CFiles, faces: list[Face], folder: Path, sizes: Floats, python: Runtime) -> list[str]:
    """Return the row of facial actions on the emulated Cortex-M4, without the name of the model."""
    if missing_tools():
        return [_ON_BOARD, *["not measured"] * 6]
    firmware = compiled(text, folder)
    frames = [run(firmware, pixels, points, 0, sizes) for pixels, points in faces]
    return board_row(firmware, frames, lambda runtime: departure(faces, python, runtime))


def session_of(graph: str | bytes) -> Any:
    """Return a graph in ONNX Runtime, whose threads sleep between frames."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options)


def in_onnx_runtime(path: Path) -> Runtime:
    """Return an exported graph as a function."""
    session = session_of(str(path))
    name = session.get_inputs()[0].name
    one = {"intensity": np.ones(1, np.float32)}

    def synthesize(pixels: Pixels, points: Array) -> Pixels:
        more = {"landmarks": points.astype(np.float32)} if name == "photo" else {}
        return np.asarray(session.run(None, {name: pixels} | more | one)[0])

    return synthesize


def in_c(text: CFiles, folder: Path, mesh: bool, sizes: Floats | None = None) -> tuple[Runtime, int]:
    """Compile C for this machine; return it as a function, of facial actions of these sizes, and the bytes of its workspace."""
    (folder / "pixelfes.h").write_text(text.header)
    tail = "unsigned pixelfes_memory(void);\nunsigned pixelfes_memory(void)\n{\n    return sizeof(pixelfes_work);\n}\n"
    (folder / "host.c").write_text(text.source + (tail if mesh else ""))
    command = ["gcc", *STRICT, "-O2", "-shared", "-fPIC", "host.c", "-o", "host.so", "-lm"]
    subprocess.run(command, cwd=folder, check=True)
    library = ctypes.CDLL(str(folder / "host.so"))
    size = int(library.pixelfes_memory()) if mesh else 0
    work = ctypes.create_string_buffer(size + 16)
    wanted = 256 if sizes is None else ctypes.c_void_p(sizes.ctypes.data)

    def pointer(array: npt.NDArray[Any]) -> ctypes.c_void_p:
        return ctypes.c_void_p(array.ctypes.data)

    def synthesize(pixels: Pixels, points: Array) -> Pixels:
        given, out = np.ascontiguousarray(pixels), np.empty_like(pixels)
        if mesh:
            landmarks = points.astype(np.float32)
            sides = (pixels.shape[1], pixels.shape[0])
            library.pixelfes_apply(work, pointer(given), *sides, pointer(landmarks), pointer(out), wanted)
        else:
            library.pixelfes_apply(pointer(given), pointer(out), 256)
        return out

    return synthesize, size


def timed(runtimes: dict[str, Runtime], face: Face, rounds: int) -> dict[str, float]:
    """Return the median milliseconds of every runtime; two rounds warm up."""
    times: dict[str, list[float]] = {name: [] for name in runtimes}
    for turn in range(rounds + 2):
        for name, runtime in runtimes.items():
            start = time.perf_counter()
            runtime(*face)
            if turn >= 2:
                times[name].append(1e3 * (time.perf_counter() - start))
    return {name: float(np.median(values)) for name, values in times.items()}


def difference(case: Case, runtime: Runtime) -> str:
    """Return the largest and the mean difference from Python over all faces, in levels."""
    return departure(case.faces, lambda pixels, points: case.model.synthesize_pixels(pixels, landmarks=points), runtime)


def departure(faces: list[Face], python: Runtime, runtime: Runtime) -> str:
    """Return the largest and the mean difference of two runtimes over faces, in levels."""
    largest, total, count = 0, 0, 0
    for pixels, points in faces:
        found = np.abs(runtime(pixels, points) - python(pixels, points).astype(int))
        largest, total, count = max(largest, int(found.max())), total + int(found.sum()), count + found.size
    return f"{largest}, {total / count:.5f}"


def on_board(case: Case, folder: Path) -> list[str]:
    """Return the row of the emulated Cortex-M4, without the name of the model."""
    if missing_tools():
        return [_ON_BOARD, *["not measured"] * 6]
    firmware = build(case.model, folder)
    mesh = case.model.learned_.displacement is not None
    frames = [run(firmware, pixels, points if mesh else None, 256) for pixels, points in case.faces[:4]]
    return board_row(firmware, frames, lambda runtime: difference(Case(case.name, case.model, case.faces[:4]), runtime))


def board_row(firmware: Firmware, frames: list[Frame], difference_of: Callable[[Runtime], str]) -> list[str]:
    """Return what frames on the emulated board cost, and how far they are from Python's."""
    outs = iter([frame.out for frame in frames])
    found = difference_of(lambda pixels, points: next(outs))
    instructions = f"{(frames[0].preparing + frames[0].pixels) / 1e6:.1f} M instructions"
    memory = f"{frames[0].workspace + max(frame.stack for frame in frames):,}"
    return [_ON_BOARD, f"{firmware.flash:,} of flash", "—", memory, instructions, *found.split(", ")]


def web_row(path: Path | None) -> list[str]:
    """Return the row of the page, without the name of the model."""
    if path is None:
        return ["WebGL", *["not measured"] * 6]
    told = json.loads(path.read_text())
    sizes_told = (f"{told['bytes']:,}", f"{told['gzip_bytes']:,}", "—", f"{told['ms_per_frame']:.1f} ms")
    return [str(told["name"]), *sizes_told, str(told["max_difference"]), f"{told['mean_difference']:.5f}"]


def sizes_of(data: bytes) -> tuple[str, str]:
    """Return the bytes of a file, and those of it compressed."""
    return f"{len(data):,}", f"{len(gzip.compress(data, 9, mtime=0)):,}"


def memory_of(name: str, path: Path) -> str:
    """Return the most memory that a fresh process takes for a model and a photo."""
    command = [sys.executable, __file__, "--memory-of", name, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _memory_here(name: str, path: Path) -> str:
    """Do what `memory_of` says, in the fresh process."""
    clear, status = Path("/proc/self/clear_refs"), Path("/proc/self/status")
    if not clear.exists():
        return "not measured"
    import onnxruntime  # noqa: F401 (what it takes by itself is no part of it)

    face = np.load(path.parent / "face.npz")

    def kibibytes(entry: str) -> int:
        return int(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith(entry)))

    before = kibibytes("VmRSS")
    clear.write_text("5")  # forget what was the most so far
    if name == "Python":
        load_expression_model(path).synthesize_pixels(face["pixels"], landmarks=face["points"])
    else:
        in_onnx_runtime(path)(face["pixels"], face["points"])
    return f"{1024 * (kibibytes('VmHWM') - before):,}"


def table(rows: list[list[str]], header: Sequence[str] = _HEADER) -> str:
    """Return rows as Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    main()
