"""The plain year by HiGHS alone: an exported matrix read from a file, or built with numpy from the data.

python bare_year.py FOLDER                # the whole process counts
python bare_year.py MODEL.mps LIMIT GAP   # only the solver's own run counts
"""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402
from importlib import metadata  # noqa: E402
from typing import Any  # noqa: E402

import highspy  # noqa: E402
import numpy as np  # noqa: E402
import problem  # noqa: E402


def to_highs(built: dict[str, Any]) -> highspy.HighsLp:
    """A problem of ``problem.matrix`` as HiGHS takes it."""
    row, column, value = built["A"]
    order = np.argsort(column, kind="stable")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(built["cost"]), len(built["row_lower"])
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = built["cost"], built["lower"], built["upper"]
    lp.row_lower_, lp.row_upper_ = built["row_lower"], built["row_upper"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(lp.num_col_ + 1)).astype(np.int32)
    lp.a_matrix_.index_, lp.a_matrix_.value_ = row[order].astype(np.int32), value[order]
    return lp


def main() -> None:
    highs = highspy.Highs()
    highs.silent()
    if sys.argv[1].endswith(".mps"):
        highs.setOptionValue("time_limit", float(sys.argv[2]))
        highs.setOptionValue("mip_rel_gap", float(sys.argv[3]))
        highs.readModel(sys.argv[1])
        begun = time.perf_counter()
    else:
        highs.passModel(to_highs(problem.matrix(problem.load(sys.argv[1]))))
        begun = STARTED
    highs.run()
    values = np.array(highs.getSolution().col_value)
    seconds = time.perf_counter() - begun
    optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    objective = highs.getInfo().objective_function_value if optimal else None
    assert len(values) == highs.getNumCol()
    print(
        json.dumps({"seconds": seconds, "objective": objective, "versions": {"highspy": metadata.version("highspy")}})
    )


if __name__ == "__main__":
    main()
