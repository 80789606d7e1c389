from __future__ import annotations

import subprocess
import sys

import pytest

from pixelfes.errors import InputError
from pixelfes.regress import REGRESSORS, PixelRegressor, PixelRidge, regressor_by_name


def test_importing_the_regressors_brings_in_neither_scikit_learn_nor_scipy() -> None:
    code = "import sys, pixelfes.regress; print({'sklearn', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_name_gives_its_class() -> None:
    assert regressor_by_name("pixel-rr") is PixelRidge
    assert all(issubclass(kind, PixelRegressor) for kind in REGRESSORS.values())


def test_an_unknown_name_gives_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"one of .*pixel-rr.*; found 'stargan'"):
        regressor_by_name("stargan")
