"""``python -m tests.fuzz``: see `tests.fuzz.long_run`."""

import sys

from tests.fuzz.long_run import main

if __name__ == "__main__":
    sys.exit(main())
