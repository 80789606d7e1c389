"""What pytest does not look into for examples: what only Alembic runs; modules of PyTorch, where that is not installed."""

from importlib.util import find_spec

collect_ignore_glob = ["src/pixelfes/study/answers/migrations/*"]
if not find_spec("torch"):
    collect_ignore_glob.append("src/pixelfes/baselines/*")
