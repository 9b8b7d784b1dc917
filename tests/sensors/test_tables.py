"""Sensors in files of a format: each column is a point, with the units and options that an import has."""

from __future__ import annotations

from pathlib import Path

import pytest

from microgrid import InputError, gather_sensors
from tests.sensors.made import write_archive

HALF_HOURS = [f"03/06/2024 {n // 2:02d}:{30 * (n % 2):02d}" for n in range(8)]
METER = "Datum;Bezug (kWh);PV [kW]\n" + "".join(f"{stamp};0,5;1,25\n" for stamp in HALF_HOURS)
TABLE = {"name": "table", "dates": "day_first"}
SERIES = {"import": {"points": ["Bezug (kWh)"]}, "pv": {"points": ["PV*"], "scale": 2}}


def test_columns_of_a_table_are_points(tmp_path: Path) -> None:
    """0.5 kWh in half an hour are 1 kW, and 1.25 kW times 2 are 2.5 kW; the clock is the site's, as none is stated.

    Read as they stand, half hours of energy would be half of the power; on the clock of UTC the first two hours of the
    day would be holes.
    """
    case = write_archive(tmp_path, [], SERIES, hours=3, file="meter.csv", format=TABLE)
    (tmp_path / "meter.csv").write_text(METER, encoding="utf-8")
    found = gather_sensors(case).gathered
    assert found.series["import"].tolist() == pytest.approx([1.0] * 12)
    assert found.series["pv"].tolist() == pytest.approx([2.5] * 12)


def test_columns_without_a_unit_have_the_one_of_their_series(tmp_path: Path) -> None:
    """300 Wh of each half hour are 0.6 kW, in two files of which one begins where the other ends."""
    series = {"a": {"points": ["Zähler"], "unit": "Wh"}}
    case = write_archive(tmp_path, [], series, hours=3, file="*.csv", format=TABLE)
    for number in (0, 1):
        rows = HALF_HOURS[4 * number : 4 * number + 4]
        text = "Datum;Zähler\n" + "".join(f"{stamp};300\n" for stamp in rows)
        (tmp_path / f"{number}.csv").write_text(text, encoding="utf-8")
    found = gather_sensors(case)
    assert found.gathered.series["a"].tolist() == pytest.approx([0.6] * 12)
    assert found.gathered.points["Zähler"].rows == 6


def test_a_register_in_a_table_stays_a_register(tmp_path: Path) -> None:
    """Readings of 100, 100.5, ... kWh every half hour are 1 kW: their differences count, and not their height."""
    text = "Datum;Stand (kWh)\n" + "".join(f"{stamp};{100 + n / 2}\n" for n, stamp in enumerate(HALF_HOURS))
    series = {"a": {"points": ["Stand*"], "quantity": "counter"}}
    case = write_archive(tmp_path, [], series, hours=3, file="meter.csv", format=TABLE)
    (tmp_path / "meter.csv").write_text(text, encoding="utf-8")
    assert gather_sensors(case).gathered.series["a"].tolist() == pytest.approx([1.0] * 12)


def test_the_reader_of_a_meter_takes_its_options(tmp_path: Path) -> None:
    """A file with two meters: the option chooses one, as in an import; without it the error asks for it."""
    head = "Identifiant PRM;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite;"
    head += "Horodate;Valeur;Nature;Pas\n"
    about = "2024-06-03;2024-06-04;PA;CONS;BRUT;W"
    rows = "".join(
        f"3000000000000{meter};{about};2024-06-03T0{1 + n}:00:00+02:00;{meter}000;B;PT60M\n"
        for meter in (1, 2)
        for n in range(3)
    )
    series = {"a": {"points": ["consumption_kw"]}}
    (tmp_path / "linky.csv").write_text(head + rows, encoding="utf-8")
    one = {"name": "enedis", "prm": "30000000000002"}
    case = write_archive(tmp_path, [], series, hours=3, file="linky.csv", format=one)
    assert gather_sensors(case).gathered.series["a"].tolist() == pytest.approx([2.0] * 12)
    case = write_archive(tmp_path, [], series, hours=3, file="linky.csv", format="enedis")
    with pytest.raises(InputError, match="several meters in the file"):
        gather_sensors(case)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"format": TABLE, "good": [1]}, "no 'good' and no 'columns'"),
        ({"format": {"name": "tabel"}}, "did you mean 'table'"),
        ({"format": {**TABLE, "colour": "red"}}, "option of format 'table'"),
        ({"format": TABLE, "series": {"a": {"points": ["Bezüge"]}}}, "no such point"),
        ({"format": TABLE, "series": {"a": {"points": ["Bezug*"], "quantity": "level", "unit": "degC"}}}, "wrong dim"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, more: dict[str, object], words: str) -> None:
    """With the place in the case file, as any other fault of the section."""
    said = {"series": SERIES, **more}
    case = write_archive(tmp_path, [], hours=3, file="meter.csv", **said)  # type: ignore[arg-type]
    (tmp_path / "meter.csv").write_text(METER, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        gather_sensors(case)
