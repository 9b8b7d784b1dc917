"""Break files of every format at random, and count what is read, refused, or worse.

    python benchmarks/fuzz_readers.py [TRIALS] [FORMAT ...]

Formats are those of ``microgrid import``, and sensors.parquet and sensors.csv. Each trial changes the sample of the
format's test in one to four places. Anything but a sound table or an error that names the file stops the script with
the seed and the content.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from microgrid.formats.registry import names
from tests.formats.fuzz import check, mutated
from tests.formats.reading import sample_module
from tests.sensors.made import sample_archive, survives

_ARCHIVES = ("sensors.parquet", "sensors.csv")


def _tried(name: str) -> tuple[bytes, Callable[[bytes], bool]]:
    """The sample of a format, and whether it is read once it is broken."""
    if name in _ARCHIVES:
        ending = Path(name).suffix
        return sample_archive(ending), lambda content: survives(content, ending)
    sample = sample_module(name)
    return sample.SAMPLE, lambda content: check(content, name, getattr(sample, "SUFFIX", ".csv"))


def main() -> None:
    """One line a format: trials, read, refused, seconds."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    for name in sys.argv[2:] or [*names(), *_ARCHIVES]:
        sample, is_read = _tried(name)
        begun, read = time.perf_counter(), 0
        for seed in range(trials):
            content = mutated(sample, random.Random(seed))
            try:
                read += is_read(content)
            except BaseException:
                print(f"{name}, seed {seed}: {content!r}", flush=True)
                raise
        spent = time.perf_counter() - begun
        print(f"| `{name}` | {trials:,} | {read:,} | {trials - read:,} | {spent:.0f} s |", flush=True)


if __name__ == "__main__":
    main()
