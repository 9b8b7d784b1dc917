"""An energy community from its file: shares, bills before and after, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from microgrid.cli.commands.share import command
from microgrid.errors import InputError
from microgrid.studies.billing import bill_meter
from microgrid.studies.sharing import share_energy

GENERATION = [4.0, 6.0, 9.0, 10.0]
BAKERY = [0.0, 8.0, 12.0, 2.0]
OFFICES = [0.0, 0.0, 6.0, 3.0]
TARIFF: dict[str, Any] = {
    "name": "test",
    "energy": [{"item": "energy", "price": "0.2 EUR/kWh"}, {"item": "network energy", "price": "0.05 EUR/kWh"}],
    "peaks": [{"item": "peak", "price": "2 EUR/kW"}],
    "taxes": [{"item": "VAT", "rate": "20 %"}],
}
COMMUNITY: dict[str, Any] = {
    "name": "Park",
    "timezone": "Europe/Paris",
    "country": "FR",
    "shared_price": "0.11 EUR/kWh",
    "shared_grid_price": "0.03 EUR/kWh",
    "producers": {"roof": {"meter": "roof.csv", "column": "export_kwh", "surplus_price": "0.06 EUR/kWh"}},
    "participants": {
        "bakery": {"meter": "park.csv", "column": "bakery_kwh", "tariff": "tariff.yaml", "share": "40 %"},
        "offices": {"meter": "park.csv", "column": "offices_kwh", "tariff": "tariff.yaml", "share": "60 %",
                    "network_items": ["network energy"]},
    },
    "shares": {"file": "shares.csv"},
    "priority": ["offices", "bakery"],
}  # fmt: skip


def table(folder: Path, name: str, step: str = "30min", start: str = "2018-01-17T10:00", **columns: Any) -> Path:
    rows = len(next(iter(columns.values())))
    time = pd.date_range(start, periods=rows, freq=step, tz="Europe/Paris")
    frame = pd.DataFrame({"time": [stamp.isoformat() for stamp in time], **columns})
    frame.to_csv(folder / name, index=False)
    return folder / name


def changed(tree: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy with other values at dotted paths; None removes."""
    copy: dict[str, Any] = json.loads(json.dumps(tree))
    for path, value in changes.items():
        *parents, last = path.split("/")
        node = copy
        for parent in parents:
            node = node[parent]
        node.pop(last, None)
        if value is not None:
            node[last] = value
    return copy


def write(folder: Path, changes: dict[str, Any] | None = None, tariff: dict[str, Any] | None = None) -> Path:
    """The community with its files; JSON is YAML, and indented it has a line for each key."""
    table(folder, "roof.csv", export_kwh=GENERATION)
    table(folder, "park.csv", bakery_kwh=BAKERY, offices_kwh=OFFICES)
    table(folder, "shares.csv", bakery=[1, 1, 0.5, 0], offices=[0, 0, 0.5, 0.4])
    (folder / "tariff.yaml").write_text(json.dumps(changed(TARIFF, tariff or {}), indent=1), encoding="utf-8")
    file = folder / "community.yaml"
    file.write_text(json.dumps(changed(COMMUNITY, changes or {}), indent=1), encoding="utf-8")
    return file


def test_a_community_by_hand(tmp_path: Path) -> None:
    """Pro rata, the bakery gets 0 + 6 + 6 + 2 = 14 kWh of its 22, the offices 3 + 3 = 6 of their 9; 9 of 29 are left.

    Bakery before: 1.2 x (22 x 0.25 + 24 kW x 2) = 64.20. After: 1.2 x (8 x 0.25 + 48) = 60.00 and 14 x 0.03 = 0.42 for
    the network; 14 x 0.11 = 1.54 for the energy; 2.24 are saved. Offices, whose network line stays on 9 kWh: before
    1.2 x (9 x 0.25 + 12 x 2) = 31.50, after 1.2 x (3 x 0.2 + 9 x 0.05 + 24) + 6 x 0.03 = 30.24, paid 0.66. The roof
    earns 20 x 0.11 + 9 x 0.06 = 2.74. It would break if peaks saw the shared energy, or VAT the bill before.
    """
    found = share_energy(write(tmp_path))
    rows = found.participants.set_index("participant")
    assert rows.loc["bakery"].to_list() == pytest.approx([22, 14, 64.2, 60.42, 1.54, 2.24])
    assert rows.loc["offices"].to_list() == pytest.approx([9, 6, 31.5, 30.24, 0.66, 0.6])
    assert found.producers.iloc[0].to_list() == ["roof", *(pytest.approx(x) for x in (29, 20, 9, 2.74))]
    totals = found.totals()
    assert totals["self_consumption_fraction"] == pytest.approx(20 / 29)
    assert totals["self_sufficiency_fraction"] == pytest.approx(20 / 31)
    assert totals["saved"] == pytest.approx(2.84)
    assert totals["shared_kwh"] == pytest.approx(20)
    lines = found.bills[found.bills["participant"] == "bakery"].set_index("item")
    assert lines["before"].to_dict() == pytest.approx(
        {"energy": 4.4, "network energy": 1.1, "peak": 48, "VAT": 10.7, "shared energy: network and taxes": 0,
         "shared energy": 0}
    )  # fmt: skip
    assert lines["after"].to_dict() == pytest.approx(
        {"energy": 1.6, "network energy": 0.4, "peak": 48, "VAT": 10, "shared energy: network and taxes": 0.42,
         "shared energy": 1.54}
    )  # fmt: skip
    assert lines["payee"].to_list() == 5 * ["tariff and network"] + ["community"]
    assert found.intervals["time"].iloc[1] == "2018-01-17T10:30:00+01:00"
    assert found.intervals["bakery_shared_kwh"].to_list() == pytest.approx([0, 6, 6, 2])
    assert found.intervals["surplus_kwh"].to_list() == pytest.approx([4, 0, 0, 5])


@pytest.mark.parametrize(
    ("key", "bakery_kwh", "offices_kwh"),
    [("dynamic", 14, 6), ("static", 8, 8.4), ("own", 10.5, 7.5), ("priority", 11, 9), ("equal", 12.5, 7.5)],
)
def test_each_key_reaches_the_shares(tmp_path: Path, key: str, bakery_kwh: float, offices_kwh: float) -> None:
    """40 % and 60 %: 2.4 + 3.6 + 2 and 5.4 + 3. Own: 6 + 4.5 + 0 and 4.5 + 3. Offices first: 6 + 3 + 2 and 6 + 3.
    Equal: 6 + 4.5 + 2 and 4.5 + 3. It would break if one participant got another's coefficient or place in the order.
    """
    found = share_energy(write(tmp_path, {"key": key}))
    assert found.participants["shared_kwh"].to_list() == pytest.approx([bakery_kwh, offices_kwh])


def test_the_order_is_that_of_the_list(tmp_path: Path) -> None:
    """A shop that draws 1, 0, 3 and 1 kWh comes first, then the bakery with 6 + 6 + 2, then the offices with 3. With
    three of them, an order and its inverse are not the same.
    """
    shop = {"meter": "shop.csv", "column": "import_kwh", "tariff": "tariff.yaml"}
    order = ["shop", "bakery", "offices"]
    table(tmp_path, "shop.csv", import_kwh=[1.0, 0.0, 3.0, 1.0])
    found = share_energy(write(tmp_path, {"participants/shop": shop, "key": "priority", "priority": order}))
    shared = found.participants.set_index("participant")["shared_kwh"]
    assert shared.to_dict() == pytest.approx({"bakery": 14, "offices": 3, "shop": 5})


def test_the_least_bill_takes_the_saving(tmp_path: Path) -> None:
    """37,200 EUR/month are 100 EUR for 2 of 744 hours: the bakery pays 120 with VAT before and after, and the shared
    energy on top, 14 x 0.14 = 1.96. It would break if the least bill were not made up anew from the lines after.
    """
    found = share_energy(write(tmp_path, tariff={"minimum": {"price_per_month": "37200 EUR/month"}}))
    bakery = found.participants.set_index("participant").loc["bakery"]
    assert bakery["bill_before"] == pytest.approx(120)
    assert bakery["bill_after"] == pytest.approx(120.42)
    assert bakery["saved"] == pytest.approx(-1.96)


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ({"price": "0.2 EUR/kWh", "net": {"per": "month"}}, 4.4, 1.6),
        ({"tiers": [{"above": "0 kWh", "price": "0.2 EUR/kWh"}, {"above": "10 kWh", "price": "0.4 EUR/kWh"}]},
         6.8, 1.6),
        ({"periods": [{"price": "0.1 EUR/kWh", "hours": ["10:00-11:00"]}, {"price": "0.2 EUR/kWh", "otherwise": True}]},
         3.6, 1.4),
    ],
)  # fmt: skip
def test_every_way_of_a_price_sees_the_shared_energy(
    tmp_path: Path, line: dict[str, Any], before: float, after: float
) -> None:
    """Net: 22 and 8 kWh at 0.2. Tiers: 10 at 0.2 and 12 at 0.4; then 8 at 0.2. Periods: 8 kWh at 0.1 and 14 at 0.2;
    then 2 at 0.1 and 6 at 0.2.
    """
    changes = {"participants/offices/network_items": None}
    found = share_energy(write(tmp_path, changes, {"energy": [{"item": "energy", **line}]}))
    lines = found.bills[(found.bills["participant"] == "bakery") & (found.bills["item"] == "energy")]
    assert lines[["before", "after"]].to_numpy() == pytest.approx(np.array([[before, after]]))


def test_bills_are_on_the_steps_of_each_meter(tmp_path: Path) -> None:
    """The bakery at 15 min, all of its 12 kWh within a quarter of an hour: its peak is 48 kW, before and after, and its
    bill before is that of ``microgrid bill``. What it gets is the same as at 30 min. Two months have two peaks each.
    """
    spread = {"import_kwh": [0, 0, 8, 0, 12, 0, 1, 1]}
    meter = table(tmp_path, "bakery.csv", "15min", start="2018-01-31T23:00", **spread)
    file = write(tmp_path, {"participants/bakery/meter": "bakery.csv", "participants/bakery/column": "import_kwh"})
    for name, columns in (
        ("roof.csv", {"export_kwh": GENERATION}),
        ("park.csv", {"bakery_kwh": BAKERY, "offices_kwh": OFFICES}),
    ):
        table(tmp_path, name, start="2018-01-31T23:00", **columns)
    found = share_energy(file)
    mine = found.bills[found.bills["participant"] == "bakery"]
    own = bill_meter(meter, tmp_path / "tariff.yaml", timezone="Europe/Paris").lines
    before = mine[mine["item"].isin(own["item"])].set_index(["month", "item"])["before"]
    assert before.to_dict() == pytest.approx(own.set_index(["month", "item"])["amount"].to_dict())
    peaks = mine[mine["item"] == "peak"]
    assert peaks["before"].to_list() == peaks["after"].to_list() == pytest.approx([64, 96])
    assert found.intervals["bakery_shared_kwh"].to_list() == pytest.approx([0, 6, 6, 2])
    assert mine[mine["payee"] == "community"]["after"].to_list() == pytest.approx([0.66, 0.88])


def test_producers_share_the_sales(tmp_path: Path) -> None:
    """A second roof that feeds in as much: G = 8, 12, 18, 20, so the bakery gets 22 and the offices 9, all they draw.
    Each roof sells half of 0 + 8 + 18 + 5 = 31 and keeps 29 - 15.5 for its own surplus price.
    """
    second = {"meter": "second.csv", "column": "export_kwh", "surplus_price": "0 EUR/kWh"}
    table(tmp_path, "second.csv", export_kwh=GENERATION)
    found = share_energy(write(tmp_path, {"producers/second": second}))
    assert found.participants["saved"].sum() > 0
    rows = found.producers.set_index("producer")
    assert rows["shared_kwh"].to_list() == pytest.approx([15.5, 15.5])
    assert rows["revenue"].to_list() == pytest.approx([15.5 * 0.11 + 13.5 * 0.06, 15.5 * 0.11])
    assert found.totals()["self_sufficiency_fraction"] == pytest.approx(1)


def test_nothing_fed_in_is_nothing_shared(tmp_path: Path) -> None:
    """No rate of nothing, no division by 0, and bills that stay."""
    file = write(tmp_path)
    table(tmp_path, "roof.csv", export_kwh=[0.0] * 4)
    found = share_energy(file)
    assert found.totals()["self_consumption_fraction"] is None
    assert found.participants["saved"].to_list() == [0, 0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tarif": "x"}, r"community.yaml:\d+: tarif: unknown key"),
        ({"participants/bakery/tarif": "x"}, r"(?s):\d+: participants.bakery.tarif: unknown key.*mean 'tariff'"),
        ({"shared_price": "0.11"}, r":\d+: shared_price: unit is missing"),
        ({"timezone": "Europe/Pari"}, r":\d+: timezone: unknown time zone"),
        ({"participants": {}}, r":\d+: participants: too few entries"),
        ({"interval": "40 min"}, r"(?s):\d+: interval: contradicts.*divides the hour"),
        ({"key": "pro rata"}, r":\d+: key: unknown choice"),
        ({"key": "static", "participants/bakery/share": None}, r"(?s):\d+: key: .*add share: 40 % to bakery"),
        ({"key": "static", "participants/bakery/share": "41 %"}, r"(?s):\d+: participants: .*101.0000%"),
        ({"key": "own", "shares": None}, r"(?s):\d+: key: .*add shares"),
        ({"key": "own", "shares": {"file": "quarters.csv"}}, r"(?s)quarters.csv: shorter.*shares.file \(.*yaml:\d+\)"),
        ({"key": "own", "shares": {"file": "wrong.csv"}}, r"(?s)wrong.csv:3: impossible.*used by shares.file"),
        ({"key": "priority", "priority": ["bakery"]}, r"(?s):\d+: key: .*each participant once"),
        ({"producers/roof/meter": "rof.csv"}, r"(?s)yaml:\d+: producers.roof.meter: no such file.*mean 'roof.csv'"),
        ({"producers/roof/meter": "../roof.csv"}, r":\d+: producers.roof.meter: path outside"),
        ({"producers/roof/column": "xport_kwh"}, r"(?s)roof.csv: no column.*used by producers.roof.column"),
        ({"producers/roof/meter": "late.csv"}, r"(?s)park.csv: other.*T10:00.*T10:30.*participants.bakery.meter"),
        ({"producers/roof/meter": "hourly.csv"}, r"(?s)hourly.csv: the step does not divide.*60 min in 30 min"),
        (
            {"producers/roof/meter": "shifted.csv"},
            r"(?s)shifted.csv: the table begins or ends within a metering interval.*2018-01-17T10:15",
        ),
        ({"producers/roof/meter": "negative.csv"}, r"(?s)negative.csv:3: .*below zero.*used by producers.roof.column"),
        ({"participants/bakery/tariff": "bad.yaml"}, r"(?s)bad.yaml:\d+: energy.0.price.*participants.bakery.tariff"),
        ({"participants/bakery/network_items": ["x"]}, r":\d+: participants.bakery.network_items.0: no energy line"),
        ({"participants/bakery/column": "offices_kwh"}, r"(?s):\d+: participants: .*offices_kwh is named twice"),
    ],
)  # fmt: skip
def test_what_makes_no_community_is_refused_with_its_place(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    file = write(tmp_path, changes)
    table(tmp_path, "late.csv", start="2018-01-17T10:30", export_kwh=GENERATION)
    table(tmp_path, "hourly.csv", "1h", export_kwh=GENERATION)
    table(tmp_path, "shifted.csv", start="2018-01-17T10:15", export_kwh=GENERATION)
    table(tmp_path, "negative.csv", export_kwh=[1.0, -1.0, 0.0, 0.0])
    table(tmp_path, "quarters.csv", "15min", bakery=[0.5] * 8, offices=[0.5] * 8)
    table(tmp_path, "wrong.csv", bakery=[0.5] * 4, offices=[0.5, 0.51, 0, 0])
    (tmp_path / "bad.yaml").write_text('name: bad\nenergy:\n- {item: energy, price: "0.2 EUR"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=words):
        share_energy(file)


def test_the_command_prints_and_writes_it(tmp_path: Path) -> None:
    """As wide as a terminal at most, with long names and millions; the files add up to what is printed."""
    long = {"A bakery with a name that is much too long": COMMUNITY["participants"]["bakery"]}
    file = write(tmp_path, {"participants": long, "priority": None})
    shown = CliRunner().invoke(command, [str(file), "--out", str(tmp_path / "out")], catch_exceptions=False)
    assert shown.exit_code == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    for words in ("64.20", "self-consumption: 58.6%", "self-sufficiency: 77.3%", "Total"):
        assert words in shown.stdout
    names = {"participants", "producers", "bills", "intervals", "totals"}
    assert {path.stem for path in (tmp_path / "out").iterdir()} == names
    read = {name: pd.read_csv(tmp_path / "out" / f"{name}.csv") for name in names}
    assert read["bills"]["before_eur"].sum() == pytest.approx(read["participants"]["bill_before_eur"].sum())
    assert read["intervals"]["produced_kwh"].sum() == pytest.approx(29)
    table(tmp_path, "park.csv", bakery_kwh=[4e6] * 4, offices_kwh=OFFICES)
    wide = CliRunner().invoke(command, [str(file)], catch_exceptions=False)
    assert max(map(len, wide.stdout.splitlines())) <= 80
    assert "16,000,000" in wide.stdout


def test_the_command_for_machines(tmp_path: Path) -> None:
    """JSON holds the same; quiet prints nothing; what is wrong is an InputError."""
    file = write(tmp_path)
    shown = json.loads(CliRunner().invoke(command, [str(file), "--json"], catch_exceptions=False).stdout)
    assert shown["totals"]["shared_kwh"] == pytest.approx(20)
    assert [row["participant"] for row in shown["participants"]] == ["bakery", "offices"]
    assert len(shown["bills"]) == 12
    assert CliRunner().invoke(command, [str(file), "--quiet"], catch_exceptions=False).stdout == ""
    failed = CliRunner().invoke(command, [str(tmp_path / "none.yaml")])
    assert isinstance(failed.exception, InputError)
    assert "none.yaml: cannot be read" in str(failed.exception)


def test_meters_as_their_operators_export_them(tmp_path: Path) -> None:
    """The same readings in half hours of Wh with semicolons, without a unit and with a factor: the same bills.

    It would break if a format, a unit or a factor of one member were taken for another's, or for none.
    """
    file = write(tmp_path)
    expected = share_energy(file)
    stamps = [f"17/01/2018 {hour}" for hour in ("10:00", "10:30", "11:00", "11:30")]
    rows = [f"{stamp};{a * 500:g};{b:g}" for stamp, a, b in zip(stamps, BAKERY, OFFICES, strict=True)]
    (tmp_path / "park.csv").write_text("\n".join(["Date;Bakery;Offices", *rows]), encoding="utf-8")
    form = {"name": "table", "dates": "day_first"}
    shares = [f"{stamp};{a:g};{b:g}" for stamp, a, b in zip(stamps, [1, 1, 0.5, 0], [0, 0, 0.5, 0.4], strict=True)]
    (tmp_path / "shares.csv").write_text("\n".join(["Date;B;O", *shares]), encoding="utf-8")
    changes = {
        "participants/bakery/column": "Bakery",
        "participants/bakery/unit": "Wh",
        "participants/bakery/scale": 2,
        "participants/bakery/format": form,
        "participants/offices/column": "Offices",
        "participants/offices/unit": "kWh",
        "participants/offices/format": form,
        "key": "own",
        "shares": {"file": "shares.csv", "format": form, "columns": {"bakery": "B", "offices": "O"}},
    }
    found = share_energy(write_text(file, changes))
    assert found.participants["consumption_kwh"].to_list() == expected.participants["consumption_kwh"].to_list()
    assert found.participants["shared_kwh"].to_list() == pytest.approx([10.5, 7.5])


def write_text(file: Path, changes: dict[str, Any]) -> Path:
    """The community file alone, with some values changed."""
    file.write_text(json.dumps(changed(COMMUNITY, changes), indent=1), encoding="utf-8")
    return file


def test_a_meter_without_its_format_is_pointed_to_it(tmp_path: Path) -> None:
    file = write(tmp_path)
    (tmp_path / "roof.csv").write_text(
        "Date;Export (kWh)\n17/01/2018 10:00;4,5\n17/01/2018 10:30;4,5\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="it looks like format 'table'"):
        share_energy(file)
