"""``python -m microgrid`` is the command ``microgrid``."""

from microgrid.cli import main

if __name__ == "__main__":
    main(prog_name="microgrid")
