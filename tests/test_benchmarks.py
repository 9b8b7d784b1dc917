"""The benchmarks measure the same problem: what is written for other tools is what microgrid solves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from microgrid import dispatch, load_case

ROOT = Path(__file__).resolve().parents[1]


def test_a_textbook_model_of_the_data_written_for_other_tools_has_the_same_optimum(tmp_path: Path) -> None:
    """Two days at 1 h, solved by Pyomo and its own interface to HiGHS. Fails when the data says another thing than the
    case: another price, a loss, an efficiency, the price of the peak, or when it cannot be written.
    """
    step, end = "1 h", "2018-01-03"
    script = (
        "import sys; from pathlib import Path; import plain; folder = Path(sys.argv[1]);"
        f"case = plain.write_case(folder / 'plain'); settings = {{'horizon.step': '{step}', 'horizon.end': '{end}'}};"
        "plain.write_data(case, settings, folder)"
    )
    environment = {"cwd": ROOT / "benchmarks", "capture_output": True, "text": True, "timeout": 120}
    written = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, **environment)
    assert written.returncode == 0, written.stderr
    peer = [sys.executable, str(ROOT / "benchmarks/peers/pyomo_year.py"), str(tmp_path)]
    solved = subprocess.run(peer, check=False, **environment)
    assert solved.returncode == 0, solved.stderr
    found = json.loads(solved.stdout.strip().splitlines()[-1])["objective"]
    ours = dispatch(load_case(tmp_path / "plain", settings={"horizon.step": step, "horizon.end": end}))
    assert ours.objective == pytest.approx(found, rel=1e-6)
