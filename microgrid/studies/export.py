"""Export: the matrix of a case is written to a file that any solver reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from microgrid.case.reading import Case
from microgrid.files import refuse_unwritable_folder


def export_case(case: Case, file: str | Path, exclusive: bool = False) -> dict[str, int]:
    """Write the matrix that ``dispatch`` solves, as ``.mps`` or ``.lp``; returns its size.

    Names are ``<asset>.<variable>(<index>)``, in which every character except letters, digits, dots and underscores is
    replaced by an underscore, since the formats allow no others.

    Args:
        case: a case read by ``load_case``.
        file: path of the file.
        exclusive: also write a binary for every exclusive pair (charge and discharge, import and export).
            ``dispatch`` adds these only where the matrix without them would use both at once.

    Raises:
        InputError: the ending is neither ``.mps`` nor ``.lp``, or the folder does not exist.
        RunEnvironmentError: no space, or no permission to write.
    """
    refuse_unwritable_folder(Path(file).absolute().parent)
    from microgrid.model.assembly import build_model
    from microgrid.model.matrix import compile_model
    from microgrid.model.pairs import pairs_of
    from microgrid.solve.exclusive.search import with_binaries
    from microgrid.solve.highs.export import write_matrix

    model = build_model(case.assets, case.horizon, case.weights)
    matrix = compile_model(model)
    if exclusive:
        pairs = pairs_of(model, matrix)
        matrix = with_binaries(matrix, pairs, np.arange(len(pairs.first))).matrix
    write_matrix(matrix, Path(file))
    return matrix.size
