"""The table of methods: names, classes, and what a look-up imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import pixelfes.regress
from pixelfes.errors import InputError
from pixelfes.regress import REGRESSORS, PixelRegressor, PixelRidge, method_name, regressor_by_name

FAMILIES = {"pixel-rr": "pixel", "pixel-kr": "kernel", "mr": "masked", "rr": "full", "omp": "sparse", "lsrf": "sparse"}


def imported_by(code: str) -> set[str]:
    """Return the modules that a fresh Python has imported after some code."""
    command = [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(done.stdout))


def families_in(modules: set[str]) -> set[str]:
    return {family for family in FAMILIES.values() if f"pixelfes.regress.{family}" in modules}


def test_importing_the_regressors_imports_no_family_and_neither_scikit_learn_nor_scipy() -> None:
    modules = imported_by(
        "import pixelfes.regress as r; assert 'pixel-rr' in r.REGRESSORS and len(list(r.REGRESSORS)) == 6"
    )
    assert families_in(modules) == set()
    assert not {"sklearn", "scipy"} & modules


@pytest.mark.parametrize("name", FAMILIES)
def test_looking_a_method_up_imports_its_own_family_alone(name: str) -> None:
    code = f"from pixelfes.regress import method_name, regressor_by_name as r; assert method_name(r({name!r})()) == {name!r}"
    assert families_in(imported_by(code)) == {FAMILIES[name]}


def test_loading_a_pixel_rr_model_imports_no_other_family() -> None:
    modules = imported_by("import pixelfes; pixelfes.load('smile')")
    assert families_in(modules) == {"pixel"}


def test_a_name_is_resolved_to_its_class() -> None:
    assert regressor_by_name("pixel-rr") is PixelRidge
    assert list(REGRESSORS) == list(FAMILIES)
    assert all(issubclass(kind, PixelRegressor) for kind in REGRESSORS.values())
    assert all(getattr(pixelfes.regress, kind.__name__) is kind for kind in REGRESSORS.values())


@pytest.mark.parametrize("name", ["stargan", "", ["pixel-rr"]])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=r"one of .*pixel-rr.*; found "):
        regressor_by_name(name)


def test_every_class_has_its_method_name() -> None:
    assert {method_name(kind()): kind for kind in REGRESSORS.values()} == dict(REGRESSORS)


def test_a_subclass_has_no_method_name() -> None:
    class Mine(PixelRidge):
        pass

    with pytest.raises(InputError, match="a Mine has no name in REGRESSORS"):
        method_name(Mine())


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'pixelfes\.regress' has no attribute 'Lasso'"):
        _ = pixelfes.regress.Lasso
    assert set(pixelfes.regress.__all__) <= set(dir(pixelfes.regress))
