"""What pytest does not look into for examples: modules of PyTorch, where that is not installed."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["src/pixelfes/baselines/*"]
