"""Facts about the package as a whole: which room imports which, how large files and rooms are, what importing costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import pixelfes

SOURCE = Path(pixelfes.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

# An import goes down, or stays on its floor. The longest name that fits counts.
FLOORS = {
    "pixelfes.errors": 1,
    "pixelfes.version": 1,
    "pixelfes.assets": 1,
    "pixelfes.arrays": 2,
    "pixelfes.extras": 2,
    "pixelfes.temporary_files": 1,
    "pixelfes.file_reading": 1,
    "pixelfes.file_writing": 2,
    "pixelfes.threads": 1,
    "pixelfes.user_cache": 2,
    "pixelfes.tensor_file": 3,
    "pixelfes.face": 4,
    "pixelfes.photos": 4,
    "pixelfes.regress": 4,
    "pixelfes.reporting": 4,
    "pixelfes.tracking": 4,
    "pixelfes.study": 5,
    "pixelfes.expression": 5,
    "pixelfes.baselines": 6,
    "pixelfes.cluster": 6,
    "pixelfes.export": 6,
    "pixelfes.people": 6,
    "pixelfes.loading": 7,
    "pixelfes.evaluate": 8,
    "pixelfes.video": 8,
    "pixelfes.cli": 9,
    "pixelfes.__main__": 10,
    "pixelfes": 11,  # the package itself, and every module without a floor
}
LONGEST_FILE = 450
LARGEST_ROOM = 14
HOUSE = {SOURCE}  # the house holds rooms; it is not one


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(module: str) -> int:
    while module not in FLOORS:
        module = module.rpartition(".")[0]
    return FLOORS[module]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, *, for_types: bool = False) -> Iterator[str]:
    """Every module of a file's imports, at the top and inside functions; those for types only on request."""
    types_only = {
        id(node)
        for branch in ast.walk(tree_of(path))
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree_of(path)):
        if id(node) in types_only and not for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by dots"
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names if f"{node.module}.{name.name}" in MODULES)


MODULES = frozenset(map(module_of, FILES))


def test_imports_go_down_even_for_types() -> None:
    rising = [
        f"{module_of(path)} imports {imported}"
        for path in FILES
        for imported in imports(path, for_types=True)
        if imported.startswith("pixelfes.") and floor(imported) > floor(module_of(path))
    ]
    assert rising == []


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {module_of(path): set(imports(path)) - {module_of(path)} for path in FILES}
    assert list(TopologicalSorter(graph).static_order())


def test_every_room_has_a_floor() -> None:
    unknown = {name for name in MODULES if name != "pixelfes" and floor(name) == FLOORS["pixelfes"]}
    assert not unknown


def test_faces_and_regressors_know_nothing_of_each_other() -> None:
    for path in FILES:
        module = module_of(path)
        for room, other in (("face", "regress"), ("regress", "face")):
            if module.startswith(f"pixelfes.{room}"):
                assert not any(name.startswith(f"pixelfes.{other}") for name in imports(path, for_types=True)), module


def test_studies_know_nothing_of_faces() -> None:
    faces = ("face", "regress", "expression", "people", "evaluate", "loading")
    for path in FILES:
        if module_of(path).startswith("pixelfes.study"):
            for name in imports(path, for_types=True):
                assert not name.startswith(tuple(f"pixelfes.{room}" for room in faces)), f"{path.name} imports {name}"


def test_nothing_is_unpickled_evaluated_or_asserted() -> None:
    banned = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
    for path in FILES:
        assert not banned.intersection(name.partition(".")[0] for name in imports(path)), path.name
        for node in ast.walk(tree_of(path)):
            assert not isinstance(node, ast.Assert), f"{path.name}:{getattr(node, 'lineno', '')} asserts"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "__import__"}, path.name
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.unparse(node.value) == "False", path.name


def test_a_file_is_one_thing_and_a_room_is_small() -> None:
    """Complexity, parameters and statements of functions are checked by ruff."""
    long = [path.name for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE]
    assert long == []
    entries = (entry for entry in SOURCE.rglob("*") if entry.name != "__pycache__")
    rooms = Counter(
        entry.parent for entry in entries if not entry.is_relative_to(SOURCE / "web_page")
    )  # which is built
    full = {str(room.relative_to(SOURCE)): n for room, n in rooms.items() if n > LARGEST_ROOM and room not in HOUSE}
    assert full == {}


def test_every_public_name_stands_once() -> None:
    homes: dict[str, set[str]] = {}
    for path in FILES:
        for node in tree_of(path).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                names = ast.literal_eval(node.value)
                assert len(names) == len(set(names)), path
                if path.name == "__init__.py" and module_of(path) != "pixelfes":
                    for name in names:
                        homes.setdefault(name, set()).add(module_of(path))
    twice = {name: rooms for name, rooms in homes.items() if len({room.split(".")[1] for room in rooms}) > 1}
    assert twice == {}


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = {"numpy", "cv2", "PIL", "onnxruntime", "safetensors", "typer", "rich"}
    assert run(f"import sys, pixelfes; print({heavy!r} & set(sys.modules))") == "set()"


def test_faces_can_be_changed_without_the_detector() -> None:
    code = "import sys, pixelfes; pixelfes.load('smile'); print({'onnxruntime', 'sklearn', 'scipy'} & set(sys.modules))"
    assert run(code) == "set()"


def test_every_name_that_is_promised_is_there() -> None:
    assert pixelfes.__all__ == sorted(pixelfes.__all__)
    assert dir(pixelfes) == pixelfes.__all__
    for name in pixelfes.__all__:
        assert getattr(pixelfes, name).__doc__ or name == "__version__"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'pixelfes' has no attribute 'smile'"):
        _ = pixelfes.smile


def test_an_error_is_caught_as_one_of_pixelfes() -> None:
    from pixelfes import errors

    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, Exception):
            assert issubclass(kind, pixelfes.PixelfesError), name
