"""Export: the matrix of a case in a file that any solver reads."""

from __future__ import annotations

from pathlib import Path

from microgrid.case.reading import Case


def export_case(case: Case, file: str | Path) -> dict[str, int]:
    """Write the matrix that ``dispatch`` solves, as ``.mps`` or ``.lp``; returns its size.

    Names are ``<asset>.<variable>(<index>)`` with everything but letters, digits, dots and underscores replaced by
    an underscore, since the formats know no others.

    Raises:
        InputError: another ending, or a folder that does not exist.
    """
    from microgrid.model.assembly import build_model
    from microgrid.solve.export import write_matrix
    from microgrid.solve.matrix import compile_model

    matrix = compile_model(build_model(case.assets, case.horizon, case.weights))
    write_matrix(matrix, Path(file))
    return matrix.size
