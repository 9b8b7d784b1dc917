"""Rolling horizon by HiGHS alone, each window built with numpy and solved cold.   python bare_rolling.py FOLDER"""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import problem
from bare_year import to_highs


def solve(part: Any, start: dict[str, float], end_value: dict[str, float], peak: dict[int, float]) -> dict[str, Any]:
    built = problem.matrix(part, start, end_value, peak)
    highs = highspy.Highs()
    highs.silent()
    highs.passModel(to_highs(built))
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    values = np.array(highs.getSolution().col_value)
    return {name: values[places] for name, places in built["columns"].items() if name != "peak"}


if __name__ == "__main__":
    problem.run_loop(solve, "highspy")
