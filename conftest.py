"""What holds for all tests, before anything is imported: one thread for each process, and no examples in some files."""

import os
from importlib.util import find_spec

# Several tests run at a time, one on each core. Threads of BLAS and PyTorch would wait for each other's cores.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# Alembic alone runs its migrations; examples of PyTorch need PyTorch.
collect_ignore_glob = ["src/pixelfes/study/answers/migrations/*"]
if not find_spec("torch"):
    collect_ignore_glob.append("src/pixelfes/baselines/*")
