"""Load curves of Enedis: exports for professionals (flux R63) and of the customer account (Linky)."""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from microgrid.errors import InputError
from microgrid.formats.format import Format
from microgrid.formats.intervals import Recorded, beside
from microgrid.formats.meters.enedis_lines import first_line, is_export, key, plain_lines
from microgrid.formats.meters.enedis_timestamps import ends_of, refuse, spacing
from microgrid.formats.registers import Sharing, added, never_added, registers_in
from microgrid.formats.source import Source
from microgrid.formats.timed_table import Table
from microgrid.horizon import FloatArray
from microgrid.parameters import Parameters

_COLUMNS = {"cons": "consumption_kw", "consommation": "consumption_kw"}
_COLUMNS |= {"prod": "production_kw", "production": "production_kw"}
_ACTIVE = ("pa", "ea", "puissance active", "energie active")
_PER_KW = {"w": 1e3, "kw": 1.0, "mw": 1e-3}
_ABOUT = ("identifiant prm", "grandeur physique", "grandeur metier", "unite")
_MARKS = ("identifiant prm", "horodate", "periode", "date")
# Columns of notes on a value by meter or operator, with the codes that need no report (B: raw, R: measured).
_PLAIN = {"nature": ("", "b", "r"), "indice de vraisemblance": ("", "0")}
# Columns that distinguish the registers of a meter, and whether these count in turn or together.
_REGISTERS: dict[str, Sharing] = {
    **dict.fromkeys(("classe temporelle", "libelle classe temporelle", "cadran", "libelle cadran"), "in_turn"),
    **dict.fromkeys(("poste", "poste tarifaire", "poste horosaisonnier", "registre"), "in_turn"),
    "phase": "together",
}
_MOST_PARTS = 1000

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?")
_DURATION = re.compile(r"PT(?:([0-9]{1,2})H)?(?:([0-9]{1,4})M)?")


class Options(Parameters):
    """Options for a file with several series: number of a meter (prm), and direction of flow."""

    prm: Annotated[str, Field(coerce_numbers_to_str=True, max_length=40)] | None = None
    flow: Literal["consumption", "production"] | None = None


def read(source: Source, options: Options) -> Table:
    """Mean power over each interval, P = value of a power, E / dt of an energy [kW].

    Columns: consumption_kw, production_kw, those that the file has. Stamps are the ends of intervals.
    Source: headers of the exports of Enedis' services for customers ("Mon compte") and for third parties (SGE, R63).

    Raises:
        InputError: an error in the file, with its line, or several meters without the option prm.
    """
    text = source.text("utf-8-sig", "latin-1")
    lines = plain_lines(text)
    top = first_line(lines)
    head = [key(name) for name in lines[top].split(";")]
    account = head[0] == "horodate" or "type de donnees" in head
    rows = _account(source, lines) if account else _professional(source, lines, top, head)
    rows = _active(source, _one_meter(source, rows, options.prm))
    if options.flow:
        rows = _only(source, rows, rows["column"] == f"{options.flow}_kw", f"of another flow than {options.flow}")
    if rows.empty:
        raise source.error(f"no {options.flow} in the file", field="format.flow", value=options.flow)
    return beside(
        source, {str(column): _of_registers(source, str(column), part) for column, part in rows.groupby("column")}
    )


def _professional(source: Source, lines: list[str], top: int, head: list[str]) -> pd.DataFrame:
    """Rows of an export of flux R63 as text, by the key of their column; top: index of the header in ``lines``."""
    doubled = [name for name, count in Counter(head).items() if name and count > 1]
    if doubled:
        raise source.error(f"column {doubled[0]!r} appears twice", line=top + 1, remedy="keep one of them")
    missing = [name for name in (*_ABOUT, "horodate", "valeur", "pas") if name not in head]
    if missing == ["pas"] and {"cadran", "type releve"} & set(head):
        raise _no_curve(source, "energy registers (index)", top + 1)
    if missing:
        raise source.error(
            f"no column {missing[0]!r}", line=top + 1, value=lines[top], expected="the header of flux R63"
        )
    filled = [number for number, line in enumerate(lines) if number > top and line.strip(" \t;")]
    for number in filled:
        if lines[number].count(";") != len(head) - 1:
            expected = f"{len(head)} fields, as in the header"
            remedy = "complete the row; the file may have been cut off"
            raise source.error("a broken row", line=number + 1, value=lines[number], expected=expected, remedy=remedy)
    if not filled:
        raise source.error("no rows below the header", line=top + 1)
    kept = [
        place for place, name in enumerate(head) if name in {*_ABOUT, *_PLAIN, *_REGISTERS, "horodate", "valeur", "pas"}
    ]
    content = io.StringIO("\n".join(lines[number] for number in filled))
    rows = pd.read_csv(content, sep=";", header=None, usecols=kept, dtype=object, na_filter=False, quoting=3)
    rows.columns = pd.Index([head[place] for place in kept])
    for name in rows.columns:
        rows[name] = pd.Series(list(map(str.strip, rows[name].tolist())), dtype=object)
    rows["line"] = np.array(filled) + 1
    rows["step"] = rows["pas"].map({text: _duration(text) for text in rows["pas"].unique()})
    return rows


def _duration(text: str) -> float:
    """ISO 8601 duration of up to two hours [s], NaN for any other text."""
    found = _DURATION.fullmatch(text)
    seconds = 3600 * int(found[1] or 0) + 60 * int(found[2] or 0) if found else 0
    return float(seconds) if 0 < seconds <= 7200 else float("nan")


def _account(source: Source, lines: list[str]) -> pd.DataFrame:
    """Rows of all curves in an export of the customer account, each below two lines that describe it."""
    marks = [n for n, line in enumerate(lines) if line[:1] in "IiHhPpDd" and key(line.partition(";")[0]) in _MARKS]
    if len(marks) > _MOST_PARTS:
        raise source.error("too many parts in one file", value=len(marks), expected=f"up to {_MOST_PARTS}")
    parts: list[pd.DataFrame] = []
    others: list[tuple[int, str]] = []
    about: dict[str, str] = {}
    for mark, end in zip(marks, [*marks, len(lines)][1:], strict=True):
        head = [key(name) for name in lines[mark].split(";")]
        kind = about.get("type de donnees", "data of an unknown kind")
        if head[0] == "identifiant prm":
            about = dict(zip(head, map(str.strip, lines[min(mark + 1, end - 1)].split(";")), strict=False))
        elif head[:2] == ["horodate", "valeur"] and key(kind).startswith("courbe"):
            parts.append(_curve(source, lines, mark, end, about))
        elif head[0] != "periode":
            others.append((mark + 1, kind))
    if not parts:
        line, kind = others[0] if others else (1, "no stamps")
        raise _no_curve(source, kind, line)
    for _, kind in others:
        source.log.add(source.label, "time", "left out", 1, f"a part of the file: {kind}")
    return pd.concat(parts, ignore_index=True)


def _no_curve(source: Source, found: str, line: int) -> InputError:
    expected = "mean power or energy by intervals, with the lines that state meter, kind (Courbe de charge) and unit"
    remedy = (
        "export the load curve and keep the lines above it; state 'format: table' and its option stamps for a table "
        "that is not from Enedis; registers (index), daily energies and peak powers are not series of means"
    )
    return source.error("not a load curve", line=line, value=found, expected=expected, remedy=remedy)


def _curve(source: Source, lines: list[str], mark: int, end: int, about: dict[str, str]) -> pd.DataFrame:
    """Rows of one curve, from the line after index ``mark`` to index ``end``; about: its description by key."""
    for name in _ABOUT:
        if not about.get(name):
            raise source.error(
                f"no {name!r} is stated for this curve", line=mark + 1, remedy="keep the lines above the values"
            )
    filled = [number for number in range(mark + 1, end) if lines[number].strip(" \t;")]
    fields = [lines[number].rstrip().split(";") for number in filled]
    for number, parts in zip(filled, fields, strict=True):
        if len(parts) < 2 or any(map(str.strip, parts[2:])):
            raise source.error("a broken row", line=number + 1, value=lines[number], expected="a stamp and a value")
    texts = {name: [field[place].strip() for field in fields] for place, name in enumerate(("horodate", "valeur"))}
    rows = pd.DataFrame(texts, dtype=object)
    stated = about.get("pas en minutes", "")
    step = _duration(f"PT{stated}M") if stated else 0.0
    return rows.assign(**{n: about[n] for n in _ABOUT}, pas=stated, step=step, line=np.array(filled, dtype=int) + 1)


def _only(source: Source, rows: pd.DataFrame, kept: pd.Series, which: str) -> pd.DataFrame:
    """Rows that are kept; the others are logged as ``which``."""
    source.log.add(source.label, "time", "left out", int((~kept).sum()), f"rows {which}")
    return rows[kept]


def _one_meter(source: Source, rows: pd.DataFrame, prm: str | None) -> pd.DataFrame:
    """Rows of the chosen meter; an InputError lists the meters if none of several, or an unknown one, is chosen."""
    known = [str(meter) for meter in rows["identifiant prm"].unique()]
    wanted = [meter for meter in known if prm is None or meter.zfill(14) == prm.strip().zfill(14)]
    if len(wanted) != 1:
        what = "several meters in the file" if prm is None else "no such meter in the file"
        expected = "one of " + ", ".join(known[:12])
        remedy = "state the option 'prm'"
        raise source.error(what, field="format.prm", value=prm, expected=expected, remedy=remedy)
    return _only(source, rows, rows["identifiant prm"] == wanted[0], f"of other meters than {wanted[0]}")


def _active(source: Source, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of active power or energy, with the name of the column that each belongs to."""
    physical = rows["grandeur physique"]
    known = {str(quantity): key(quantity) in _ACTIVE for quantity in physical.unique()}
    if not any(known.values()):
        raise source.error("no active power or energy", value=", ".join(known), expected="rows of PA or EA")
    others = ", ".join(repr(quantity) for quantity, active in known.items() if not active)[:80]
    rows = _only(source, rows, physical.map(known).astype(bool), f"of {others}, not active power")
    columns = {text: _COLUMNS.get(key(text)) for text in rows["grandeur metier"].unique()}
    rows = rows.assign(column=rows["grandeur metier"].map(columns))
    refuse(source, rows, rows["column"].isna().to_numpy(), "grandeur metier", "not a direction", "CONS or PROD")
    return rows


def _of_registers(source: Source, column: str, rows: pd.DataFrame) -> Recorded:
    """Intervals and mean power of one direction, as the sum of its registers if columns distinguish several.

    A file may have registers in turn for each phase: the registers of each phase are added, then the phases.
    """
    telling = [name for name in _REGISTERS if name in rows and rows[name].nunique() > 1]
    for name in telling:
        _refuse_total(source, name, [str(text) for text in rows[name].unique()])
    in_turn = [name for name in telling if _REGISTERS[name] == "in_turn"]
    phases = rows.groupby("phase") if "phase" in telling else [("", rows)]
    parts = {str(phase): _in_turn(source, column, part, in_turn) for phase, part in phases}
    return added(source, parts, "together")


def _in_turn(source: Source, column: str, rows: pd.DataFrame, telling: list[str]) -> Recorded:
    """Intervals and mean power as the sum of registers in turn; telling: columns that distinguish them."""
    if not telling:
        return _recorded(source, column, rows)
    parts = {" ".join(map(str, names)): _recorded(source, column, part) for names, part in rows.groupby(telling)}
    return added(source, parts, "in_turn")


def _refuse_total(source: Source, name: str, registers: list[str]) -> None:
    """Raise an InputError if one of several registers is their total, or a name in the column of phases is no phase."""
    phases = registers_in(registers, name) if name == "phase" else None
    wrong = never_added(registers) or ("not phases" if name == "phase" and phases is None else "")
    if wrong:
        expected = "one row for each phase, such as L1, L2, L3" if name == "phase" else "registers without their total"
        remedy = "keep the rows of the total, or those of its parts"
        raise source.error(wrong, field=name, value=", ".join(registers[:8]), expected=expected, remedy=remedy)


def _recorded(source: Source, column: str, rows: pd.DataFrame) -> Recorded:
    """Intervals and mean power [kW] of the rows of one register and direction."""
    refuse(source, rows, rows["step"].isna().to_numpy(), "pas", "not an interval of a load curve", "such as PT30M")
    for note, plain in _PLAIN.items():
        marks = Counter(rows[note].tolist() if note in rows else ())
        marked = [(code, count) for code, count in marks.most_common() if code.lower() not in plain]
        codes = ", ".join(f"{code} {count}" for code, count in marked[:8])
        count = sum(count for _, count in marked)
        source.log.add(source.label, column, note, count, f"values with these marks are used as they are: {codes}")
    units = {text: _PER_KW.get(text.lower().removesuffix("h"), np.nan) for text in rows["unite"].unique()}
    per_kw = rows["unite"].map(units).to_numpy(dtype=float)
    refuse(source, rows, np.isnan(per_kw), "unite", "not a unit of active power or energy", "W, kW, Wh or kWh")
    for text, count in rows["unite"].value_counts().items():
        source.log.add(source.label, column, "units converted", int(count) * (text != "kW"), f"{text} to mean kW")
    value = _numbers(source, column, rows) / per_kw
    end, certain = ends_of(source, rows)
    energy = rows["unite"].str.lower().str.endswith("h").to_numpy(dtype=bool)
    step = rows["step"].to_numpy(dtype=np.int64)
    if (step == 0).any():
        step[certain] = spacing(source, column, end[certain])
        certain &= step > 0
    source.log.add(source.label, "time", "stamps of the end", int(certain.sum()), "each interval ends at its stamp")
    kw = value[certain] / np.where(energy, step / 3600, 1.0)[certain]
    line = rows["line"].to_numpy(dtype=np.int64)
    return Recorded((end - step)[certain], end[certain], {column: kw}, line[certain])


def _numbers(source: Source, column: str, rows: pd.DataFrame) -> FloatArray:
    """Values in the unit of each row, (rows,), NaN where the file has none."""
    texts = rows["valeur"].tolist()
    empty = np.array([not text for text in texts], dtype=bool)
    wrong = np.array([_NUMBER.fullmatch(text) is None for text in texts], dtype=bool) & ~empty
    refuse(source, rows, wrong, "valeur", "not a number", "digits, or nothing where a value is missing")
    source.log.add(source.label, column, "empty values", int(empty.sum()), "left empty: not measured")
    commas = sum("," in text for text in texts)
    source.log.add(source.label, column, "decimal commas", commas, "read as decimal points")
    return np.array([float(text.replace(",", ".")) if text else np.nan for text in texts])


FORMAT = Format("Enedis load curve", is_export, read, Options)
