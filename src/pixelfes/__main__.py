"""``python -m pixelfes``: the same as the command ``pixelfes``."""

from pixelfes.cli.main import run

if __name__ == "__main__":
    run()
