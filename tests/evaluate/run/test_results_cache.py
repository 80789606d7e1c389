from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pixelfes
from pixelfes.evaluate.run.results_cache import ResultsCache, code_files, code_hash, key_of

SOURCE = Path(pixelfes.__file__).parents[1]


def test_a_result_comes_back(tmp_path: Path) -> None:
    cache = ResultsCache(tmp_path / "deep" / "folder")
    key = key_of("a", [1, 2.5, None])
    assert cache.read(key) is None
    cache.write(key, {"rows": [1.25]})
    assert cache.read(key) == {"rows": [1.25]}


def test_keys_follow_what_results_depend_on() -> None:
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1})
    assert len({key_of("a"), key_of("b"), key_of("a", 1), key_of("a", 2)}) == 4


def imported_by(module: str, left_out: tuple[str, ...] = ()) -> set[Path]:
    """Return the files of every module of the package that a module imports, at the top or inside functions."""
    seen: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = next((p for p in (SOURCE / name.replace(".", "/")).parent.glob(f"{name.rpartition('.')[2]}.py")), None)
        path = path or SOURCE / name.replace(".", "/") / "__init__.py"
        if not path.is_file() or path in seen or path.is_relative_to(SOURCE / "pixelfes/assets"):
            continue
        seen.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                waiting += [item.name for item in node.names if item.name.startswith("pixelfes")]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pixelfes"):
                waiting += [str(node.module), *(f"{node.module}.{item.name}" for item in node.names)]
    return seen


def test_everything_that_results_are_computed_by_counts() -> None:
    counted = set(code_files())
    for module in ("crossvalidate", "costs", "comparison"):
        needed = imported_by(f"pixelfes.evaluate.run.{module}") - {SOURCE / "pixelfes/__init__.py"}
        assert SOURCE / "pixelfes/regress/pixel/solve.py" in needed  # the walk gets as far as the solvers
        assert sorted(needed - counted) == []


def test_what_is_not_counted_are_the_rooms_of_presentation() -> None:
    left = {path.relative_to(SOURCE / "pixelfes") for path in set(code_files(left_out=())) - set(code_files())}
    assert {path.parts[0] for path in left} == {"cli", "cluster", "evaluate", "export", "study"}
    assert all(path.parts[1] == "report" for path in left if path.parts[0] == "evaluate")


def test_a_change_of_any_file_that_counts_is_another_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    for below, name in (("", "regress/pixel/solve.py"), ("baselines", "baselines/settings.py")):
        before = code_hash.__wrapped__(below)
        changed = SOURCE / "pixelfes" / name
        read = Path.read_bytes
        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", lambda path, c=changed, r=read: r(path) + b" " * (path == c))
            assert code_hash.__wrapped__(below) != before
        assert code_hash.__wrapped__(below) == before


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "{]"])
def test_what_is_damaged_is_not_there(tmp_path: Path, text: str) -> None:
    cache = ResultsCache(tmp_path)
    (tmp_path / "key.json").write_text(text, encoding="utf-8")
    assert cache.read("key") is None


def test_a_result_whose_model_has_changed_or_gone_is_not_there(tmp_path: Path) -> None:
    cache = ResultsCache(tmp_path)
    cache.model("key").write_bytes(b"a model")
    cache.write("key", {"rows": []})
    assert cache.read("key") is not None
    cache.model("key").write_bytes(b"another")
    assert cache.read("key") is None
    cache.model("key").unlink()
    assert cache.read("key") is None


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = ResultsCache(tmp_path / "file" / "folder")
    cache.write("key", {})
    cache.make_folder()
    assert cache.read("key") is None
