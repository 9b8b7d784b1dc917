"""Tightening of limits: the greatest possible value of a column, derived from the rows, replaces a far greater limit.

A connection of 1e9 kW that stands for "no limit" carries no more than the site can use. The limits that follow from the
rows, and from the pairs of which at most one column is used, decide which values count as 0, how large the coefficient
of an on/off decision must be, and which pairs can be used at all. Only columns whose own limit is far beyond the
derived one get a new limit, with a margin, so that it binds in no schedule and sets no price.

Where two limits that stand for none feed each other (an engine without a limit that could sell without a limit), the
rows limit neither. Such columns are boxed: they get a limit a thousand times above all given flows. After the solve it
is checked whether a column came near its box. With all decisions fixed, the best objective is convex in the boxes, so
boxes that bind nowhere change nothing. Other decisions may pay only beyond such a box, as for a large store beside a
small load; so a problem with decisions is solved again with every limit up to ``WIDE`` as stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from microgrid.horizon import BoolArray, FloatArray, IntArray
from microgrid.model.matrix import Matrix
from microgrid.model.pairs import Pairs
from microgrid.model.verbs import with_entries, with_limits

WIDE = 1e6  # kW or kWh: a limit up to a gigawatt may always be meant as stated
_FAR = 1e3  # multiple of the greatest given flow above which a limit may stand for none
_NEAR_BOX = 0.1
_ROUNDS = 12
_BETTER = 0.99  # a limit that falls by less than 1 % is not worth another round
_NO_LIMIT = 100.0  # multiple of the greatest possible value above which a stated limit stands for none
_ROOM = 2.0  # multiple of the greatest possible value that replaces such a limit
_ROUNDING = 1e-14  # relative to the sum of the absolute terms of a row


@dataclass(frozen=True)
class Tight:
    """A problem with tightened limits and unchanged optima.

    pairs: the pairs that can still be used; boxed: columns whose limit was replaced by ``box``, mostly none.
    """

    matrix: Matrix
    pairs: Pairs
    boxed: IntArray
    box: float = np.inf

    def reaches_box(self, x: FloatArray) -> bool:
        """Whether a boxed column comes near its box at x, so that the box may have changed the optimum."""
        return bool((x[self.boxed] > _NEAR_BOX * self.box).any())


def tighten(matrix: Matrix, pairs: Pairs, least_box: float = 0.0) -> Tight:
    """Tighten the limits of a problem to the greatest possible flows, without a change of its optima.

    A column of a pair that can only be used together with the other one is closed, so that the pair needs no decision.
    If no limit is far beyond the given demand and supply, the problem stays as it is.

    least_box: least limit of a boxed column; infinite for no boxes.
    """
    none = np.zeros(0, dtype=np.int64)
    given = _given(matrix)
    if not _has_far_limits(matrix, given):
        return Tight(matrix, pairs, none)
    if not matrix.A.data.all():
        filled = matrix.A.copy()
        filled.eliminate_zeros()
        matrix = with_entries(matrix, filled)
    entries = _entries(matrix, pairs)
    upper, activity = _follow(entries, matrix)
    box = max(_FAR * upper[upper <= _FAR * given].max(initial=given), least_box)
    boxed = np.flatnonzero((upper > box) & (box > matrix.lower))
    if len(boxed):
        held = matrix.upper.copy()
        held[boxed] = box
        matrix = with_limits(matrix, upper=held)
        upper, activity = _follow(entries, matrix)
    limit = np.where(_is_none(matrix.upper, upper), _ROOM * upper, matrix.upper)
    limit[entries.paired & (upper <= 0)] = 0.0
    tight = with_limits(
        with_entries(matrix, _strengthen(entries, matrix, activity)),
        upper=np.maximum(limit, matrix.lower),
        row_lower=np.where(_is_none(-matrix.row_lower, -activity.least.total), -np.inf, matrix.row_lower),
        row_upper=np.where(_is_none(matrix.row_upper, activity.most.total), np.inf, matrix.row_upper),
    )
    return Tight(tight, pairs.within(upper), boxed, box)


def _given(matrix: Matrix) -> float:
    """Greatest constant of an equation: the greatest given demand or supply, whatever the limits of the columns are."""
    equal = (matrix.row_lower == matrix.row_upper) & np.isfinite(matrix.row_lower)
    return float(np.abs(matrix.row_lower[equal]).max(initial=0.0))


def _has_far_limits(matrix: Matrix, given: float) -> bool:
    """Whether a limit, or the coefficient of an on/off decision, is far beyond the greatest given flow."""
    switches = np.abs(matrix.A[:, np.flatnonzero(matrix.integer)].data).max(initial=0.0)
    finite = matrix.upper[np.isfinite(matrix.upper)]
    return bool(max(finite.max(initial=0.0), switches) > _FAR * given)


def _is_none(stated: FloatArray, possible: FloatArray) -> BoolArray:
    """Whether each stated limit is so far beyond the possible value that it stands for none."""
    return np.asarray((possible > 0) & np.isfinite(possible) & (stated > _NO_LIMIT * possible))


@dataclass(frozen=True)
class _Entries:
    """Entries of a matrix, column by column.

    row, column, value: of each entry, (entries,); rows: number of rows; first, second: places of the two entries of
    each pair in a row that contains both of its columns; paired: whether each column is in a pair, (n,); filled, start:
    columns that have entries, and the places of their first ones.
    """

    row: IntArray
    column: IntArray
    value: FloatArray
    rows: int
    first: IntArray
    second: IntArray
    paired: BoolArray
    filled: IntArray
    start: IntArray

    def by_column(self, least: np.ufunc, values: FloatArray, otherwise: float) -> FloatArray:
        """Least or greatest of the values of each column's entries, (n,); ``otherwise`` where it has no entries."""
        found = np.full(len(self.paired), otherwise)
        found[self.filled] = least.reduceat(values, self.start)
        return found


def _entries(matrix: Matrix, pairs: Pairs) -> _Entries:
    columns = len(matrix.cost)
    column = np.repeat(np.arange(columns), np.diff(matrix.A.indptr))
    row = matrix.A.indices.astype(np.int64)
    partner = np.full(columns, -1)
    partner[pairs.first] = pairs.second
    first = np.flatnonzero(partner[column] >= 0)
    place = sp.csr_matrix((np.arange(1, matrix.A.nnz + 1), (row, column)), shape=matrix.A.shape)
    second = np.asarray(place[row[first], partner[column[first]]]).ravel().astype(np.int64) if len(first) else first
    paired = np.zeros(columns, dtype=bool)
    paired[pairs.first] = paired[pairs.second] = True
    filled = np.flatnonzero(np.diff(matrix.A.indptr))
    return _Entries(
        row=row,
        column=column,
        value=matrix.A.data,
        rows=len(matrix.row_lower),
        first=first[second > 0],
        second=second[second > 0] - 1,
        paired=paired,
        filled=filled,
        start=matrix.A.indptr[filled].astype(np.int64),
    )


@dataclass(frozen=True)
class _Sums:
    """Least or greatest possible sums of rows.

    total: sum of each row, (m,); others: sum of the row of each entry without this entry, (entries,); gross: sum of the
    absolute finite terms of each row, (m,).
    """

    total: FloatArray
    others: FloatArray
    gross: FloatArray


@dataclass(frozen=True)
class _Activity:
    least: _Sums
    most: _Sums


def _activity(entries: _Entries, lower: FloatArray, upper: FloatArray) -> _Activity:
    """Least and greatest possible sums of the rows; of a pair with both columns in a row only one is counted."""
    with np.errstate(invalid="ignore"):
        at_lower, at_upper = entries.value * lower[entries.column], entries.value * upper[entries.column]
    least, most = np.fmin(at_lower, at_upper), np.fmax(at_lower, at_upper)
    least[entries.first] = least[entries.second] = np.minimum(least[entries.first], least[entries.second])
    most[entries.first] = most[entries.second] = np.maximum(most[entries.first], most[entries.second])
    return _Activity(_sums(entries, least, -np.inf), _sums(entries, most, np.inf))


def _sums(entries: _Entries, parts: FloatArray, infinite: float) -> _Sums:
    """Sums of rows; infinite terms are counted apart, as the others of a single infinite term have a finite sum."""
    open_ended = ~np.isfinite(parts)
    finite = np.where(open_ended, 0.0, parts)
    once = np.ones(len(parts))
    once[entries.second] = 0.0
    count = np.bincount(entries.row, open_ended * once, entries.rows)
    total = np.bincount(entries.row, finite * once, entries.rows).astype(float)
    gross = np.bincount(entries.row, np.abs(finite) * once, entries.rows).astype(float)
    others = np.where(count[entries.row] > open_ended, infinite, total[entries.row] - finite)
    return _Sums(np.where(count > 0, infinite, total), others, gross)


def _follow(entries: _Entries, matrix: Matrix) -> tuple[FloatArray, _Activity]:
    """Greatest value of each column that some optimum needs, (n,), and the sums of the rows with these limits.

    Limits of columns and sums of rows are derived from each other in rounds, until a round changes little.
    """
    lower = matrix.lower.copy()
    # A load of a few watts would be lost by rounding if it were added to a limit of 1e12.
    upper = np.where(matrix.upper > _FAR * max(WIDE, _given(matrix)), np.inf, matrix.upper)
    one_sided = _in_inequalities(entries, matrix)
    giving = _gives(entries, matrix) & one_sided
    idle = _pays_for_itself(entries, matrix, giving) & one_sided
    for _ in range(_ROUNDS):
        activity = _activity(entries, lower, upper)
        floor, ceiling = _limits(entries, matrix, activity)
        given = _activity(entries, lower, np.where(giving, lower, upper)) if giving.any() else activity
        ceiling = np.where(idle, np.minimum(ceiling, _needed(entries, matrix, given)), ceiling)
        floor = np.where(entries.paired, lower, floor)  # no row may force up a column whose partner may be used instead
        before = upper
        lower, upper = np.maximum(lower, np.minimum(floor, upper)), np.minimum(upper, np.maximum(ceiling, lower))
        if not (upper < _BETTER * before).any():
            break
    return upper, _activity(entries, lower, upper)


def _limits(entries: _Entries, matrix: Matrix, activity: _Activity) -> tuple[FloatArray, FloatArray]:
    """Least and greatest value that the rows allow for each column, (n,) each, given the limits of all others."""
    row, value = entries.row, entries.value
    room = _ROUNDING * (activity.least.gross + activity.most.gross)[row] / np.abs(value)
    by_upper = (matrix.row_upper[row] - activity.least.others) / value
    by_lower = (matrix.row_lower[row] - activity.most.others) / value
    floor = entries.by_column(np.maximum, np.where(value > 0, by_lower, by_upper) - room, -np.inf)
    left = np.where(value > 0, by_upper, by_lower)
    # A remainder that rounding alone could leave counts as 0.
    ceiling = entries.by_column(np.minimum, np.where(left > room, left + room, np.minimum(left, 0.0)), np.inf)
    return floor, ceiling


def _in_inequalities(entries: _Entries, matrix: Matrix) -> BoolArray:
    """Whether each column is in inequalities only, (n,): sizes, peaks, parts beyond a threshold."""
    equal = np.isfinite(matrix.row_lower) & np.isfinite(matrix.row_upper)
    bound = entries.by_column(np.maximum, equal[entries.row].astype(float), 0.0)
    return np.asarray((bound == 0) & ~entries.paired & ~matrix.integer)


def _loosens(entries: _Entries, matrix: Matrix) -> BoolArray:
    """Whether a greater value of its column loosens the inequality of each entry, (entries,)."""
    by_falling = (entries.value < 0) & np.isfinite(matrix.row_upper[entries.row])
    return np.asarray(by_falling | ((entries.value > 0) & np.isfinite(matrix.row_lower[entries.row])))


def _gives(entries: _Entries, matrix: Matrix) -> BoolArray:
    """Whether a greater value of each column earns money and loosens no row, so that it can always be smaller, (n,)."""
    loosens = entries.by_column(np.maximum, _loosens(entries, matrix).astype(float), 0.0)
    return np.asarray((matrix.cost < 0) & (loosens == 0))


def _pays_for_itself(entries: _Entries, matrix: Matrix, giving: BoolArray) -> BoolArray:
    """Whether each column costs at least as much as the columns ``giving`` can earn in the rows that it loosens, (n,).

    So a greater value of such a column than is needed to keep these rows, with nothing earned in them, is of no use.
    """
    row, column = entries.row, entries.column
    size = np.abs(entries.value)
    rate = np.zeros(entries.rows)
    np.maximum.at(rate, row, np.where(giving[column], -matrix.cost[column] / size, 0.0))
    earned = np.bincount(column, np.where(_loosens(entries, matrix), rate[row] * size, 0.0), len(matrix.cost))
    return np.asarray((matrix.cost >= 0) & (earned <= matrix.cost))


def _needed(entries: _Entries, matrix: Matrix, activity: _Activity) -> FloatArray:
    """Least value of each column with which the rows that it loosens hold, whatever all other columns are, (n,)."""
    return entries.by_column(np.maximum, _owed(entries, matrix, activity) / np.abs(entries.value), -np.inf)


def _owed(entries: _Entries, matrix: Matrix, activity: _Activity) -> FloatArray:
    """Greatest violation, by all other entries of its row, of the limit that each entry loosens, (entries,)."""
    row = entries.row
    falling = entries.value < 0
    room = _ROUNDING * (activity.least.gross + activity.most.gross)[row]
    with np.errstate(invalid="ignore"):  # inf - inf occurs in rows without a limit on that side, and is not used
        over = activity.most.others - matrix.row_upper[row] + room
        under = matrix.row_lower[row] - activity.least.others + room
    limited = np.isfinite(np.where(falling, matrix.row_upper[row], matrix.row_lower[row]))
    return np.where(limited, np.where(falling, over, under), -np.inf)


def _strengthen(entries: _Entries, matrix: Matrix, activity: _Activity) -> sp.csc_matrix:
    """Coefficients in which an on/off decision loosens a row by no more than the row's greatest possible violation."""
    switch = matrix.integer & (matrix.lower == 0) & (matrix.upper == 1)
    if not switch.any():
        return matrix.A
    row, value = entries.row, entries.value
    need = _owed(entries, matrix, activity)
    alone = np.where(value < 0, np.isneginf(matrix.row_lower[row]), np.isposinf(matrix.row_upper[row]))
    less = switch[entries.column] & alone & (need > 0) & (need < _BETTER * np.abs(value))
    if not less.any():
        return matrix.A
    data = np.where(less, np.sign(value) * need, value)
    return sp.csc_matrix((data, matrix.A.indices, matrix.A.indptr), shape=matrix.A.shape)
