"""Break files of every format at random, and count what is read, refused, or worse.

    python benchmarks/fuzz_readers.py [TRIALS] [FORMAT ...]

Each trial changes the sample of the format's test in one to four places. Anything but a sound table or an error that
names the file stops the script with the seed and the content.
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from microgrid.profiles.formats import module_of, names
from tests.profiles.formats.fuzz import check, mutated


def main() -> None:
    """One line a format: trials, read, refused, seconds."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    for name in sys.argv[2:] or names():
        sample = importlib.import_module(f"tests.profiles.formats.test_{module_of(name)}")
        begun, read = time.perf_counter(), 0
        for seed in range(trials):
            content = mutated(sample.SAMPLE, random.Random(seed))
            try:
                read += check(content, name, getattr(sample, "SUFFIX", ".csv"))
            except BaseException:
                print(f"{name}, seed {seed}: {content!r}", flush=True)
                raise
        spent = time.perf_counter() - begun
        print(f"| `{name}` | {trials:,} | {read:,} | {trials - read:,} | {spent:.0f} s |", flush=True)


if __name__ == "__main__":
    main()
