"""``pixelfes fit`` on processes of this machine and on a scheduler that is there."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest
from dask.distributed import LocalCluster
from PIL import Image
from safetensors.numpy import load_file

from pixelfes.cluster import client as clients
from tests.cli.program import PROGRAM, SECONDS, fail_here, make_pairs, misuse, pixelfes
from tests.polling import wait_until


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs of the portrait in four lights, whose other half the shipped model made; and one without a face."""
    folder = make_pairs(tmp_path_factory.mktemp("data") / "pairs", (0.8, 0.9, 1.0, 1.15))
    for half in ("neutral", "grin"):
        Image.new("RGB", (99, 99)).save(folder / half / "flat.png")
    return folder


def test_workers_and_schedulers_give_the_model_of_one_process(pairs: Path, tmp_path: Path) -> None:
    with LocalCluster(
        n_workers=1, threads_per_worker=2, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as cluster:
        said = {}
        for name, where in (
            ("one", []),
            ("many", ["--workers", "2"]),
            ("there", ["--scheduler", cluster.scheduler_address]),
        ):
            options = ("-o", f"{name}.safetensors", "--no-cache", "--size", "48", *where)
            result = pixelfes("fit", pairs, *options, folder=tmp_path)
            assert result.stderr == b"pixelfes: left out flat: no face was found in the input photo\n"
            assert result.returncode == 0
            said[name] = result.stdout.decode().replace(name, "")
    assert said["one"].startswith("4 of 5 pairs, alpha ")
    assert len(set(said.values())) == 1
    one, *others = (load_file(tmp_path / f"{name}.safetensors") for name in said)
    for other in others:
        assert set(other) == set(one)
        for name, array in one.items():  # sums in another order round differently; the file holds float32
            np.testing.assert_allclose(other[name], array, rtol=1e-6, atol=1e-7, err_msg=name)


def test_a_fit_has_workers_or_a_scheduler() -> None:
    wrong = misuse("fit", "pairs", "-o", "m.safetensors", "--workers", "2", "--scheduler", "tcp://localhost:8786")
    assert "Invalid value for '--workers': a fit has workers of its own or a scheduler, not both" in wrong
    assert "Invalid value for '--workers'" in misuse("fit", "pairs", "-o", "m.safetensors", "--workers", "0")


def test_what_is_not_there_is_one_sentence(pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "m.safetensors"
    monkeypatch.setattr(clients, "SCHEDULER_TIMEOUT", 1.0)
    sentence = fail_here("fit", pairs, "-o", model, "--scheduler", "tcp://127.0.0.1:1")
    assert sentence == "no Dask scheduler answers at tcp://127.0.0.1:1"
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    for where in (["--workers", "2"], ["--scheduler", "tcp://127.0.0.1:1"]):
        sentence = fail_here("fit", pairs, "-o", model, *where)
        assert sentence == 'a fit on a cluster needs Dask: pip install "pixelfes[cluster]"'
    assert not model.exists()


def _has_workers(process: psutil.Process) -> bool:
    return bool(process.children(recursive=True))


def _workers_look_for_faces(process: psutil.Process) -> bool:
    """Whether a worker has loaded the detector (Linux tells), or has the memory for it."""
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if hasattr(child, "memory_maps"):
                if any("onnxruntime" in mapped.path for mapped in child.memory_maps()):
                    return True
            elif child.memory_info().rss > 200 * 2**20:
                return True
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
@pytest.mark.parametrize("reached", [_has_workers, _workers_look_for_faces], ids=["while it starts", "while it works"])
def test_an_interrupt_of_all_processes_ends_it_cleanly(
    reached: Callable[[psutil.Process], bool], pairs: Path, tmp_path: Path
) -> None:
    manifest = tmp_path / "pairs.csv"
    rows = [f"{pairs}/neutral/{n % 4}.png,{pairs}/grin/{n % 4}.png" for n in range(400)]
    manifest.write_text("\n".join(["input,target", *rows]))
    process = subprocess.Popen(
        [*PROGRAM, "fit", manifest, "-o", tmp_path / "m.safetensors", "--no-cache", "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_until(lambda: reached(psutil.Process(process.pid)), SECONDS)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    stdout, stderr = process.communicate(timeout=SECONDS)
    assert (process.returncode, stdout) == (130, b"")
    assert stderr in (b"pixelfes: interrupted\n", b"")  # nothing where Python had not come to the command yet
    assert not (tmp_path / "m.safetensors").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other terminals")
def test_on_a_terminal_bars_are_drawn_and_dask_says_nothing(pairs: Path, tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [*PROGRAM, "fit", str(pairs), "-o", "m.safetensors", "--no-cache", "--alpha", "1", "--workers", "1"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with (
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs, env=environment) as process,
        os.fdopen(ours, "rb", buffering=0) as terminal,
    ):
        os.close(theirs)
        drawn = ""
        with suppress(OSError):  # how a terminal ends
            while part := terminal.read(2**16):
                drawn += part.decode(errors="replace")
    assert process.returncode == 0
    assert all(stage in drawn for stage in ("landmarks", "teeth", "registration"))
    assert not any(noise in drawn for noise in ("distributed", "INFO", "WARNING", "Traceback"))
