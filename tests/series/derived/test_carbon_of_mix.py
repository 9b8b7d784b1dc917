"""The carbon intensity of a mix, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microgrid.errors import InputError
from microgrid.formats.timed_table import Table
from microgrid.repairs import RepairLog
from microgrid.series.derived.carbon_of_mix import LIFE_CYCLE, carbon_intensity


def table(**columns: list[float]) -> Table:
    frame = pd.DataFrame({name: np.asarray(values, dtype=float) for name, values in columns.items()})
    return Table("mix.csv", "mix.csv", frame, np.arange(len(frame) + 1, dtype=np.int64) * 3600)


def test_two_technologies() -> None:
    """300 MW of coal and 100 MW of wind: (300 x 820 + 100 x 11) / 400 = 617.75; of wind alone 11."""
    assert carbon_intensity(table(coal_mw=[300, 0], wind_mw=[100, 50])).tolist() == [617.75, 11]


def test_stated_factors_replace_the_others() -> None:
    """(1 x 100 + 3 x 20) / 4 = 40."""
    assert carbon_intensity(table(peat_mw=[1], sun_mw=[3]), {"peat": 100, "sun": 20}).tolist() == [40]


def test_what_is_no_generation_does_not_count() -> None:
    """Nuclear alone: 12, whatever is pumped, exchanged, forecast or a part of it."""
    found = carbon_intensity(
        table(
            nuclear_mw=[50],
            pumping_mw=[-20],
            physical_exchange_mw=[30],
            exchange_spain_mw=[5],
            consumption_mw=[60],
            forecast_day_ahead_mw=[60],
            hydro_pumped_storage_mw=[9],
            hydro_pumped_storage_consumption_mw=[9],
            solar_forecast_day_ahead_mw=[9],
            gas_of_which_turbine_mw=[9],
            carbon_intensity_gco2_per_kwh=[70],
        )
    )
    assert found.tolist() == [12]


def test_empty_where_a_value_is_missing_or_nothing_runs() -> None:
    found = carbon_intensity(table(gas_mw=[1, np.nan, 1, 0], solar_mw=[1, 1, np.nan, 0]))
    assert found[0] == pytest.approx((490 + 45) / 2)
    assert np.isnan(found[1:]).all()


def test_units_of_any_size_and_what_a_plant_draws_itself() -> None:
    """100 MW of nuclear, 50,000 kW of gas: (12 x 100 + 490 x 50) / 150. Solar at -1 MW by night is none, and told."""
    log = RepairLog()
    mixed = table(**{"nuclear_MW": [100.0], "gas_kw": [50_000.0], "solar_mw": [-1.0]})
    assert carbon_intensity(mixed, log=log).tolist() == [pytest.approx((1200 + 24_500) / 150)]
    assert [(repair.what, repair.count) for repair in log.repairs] == [("own use", 1)]


def test_the_factors_are_those_of_their_sources() -> None:
    """IPCC AR5 WG3 Table A.III.2, medians; oil: POSTnote 268."""
    published = {"coal": 820, "gas": 490, "biomass": 230, "geothermal": 38, "hydro": 24, "marine": 17, "nuclear": 12}
    published |= {"wind_onshore": 11, "wind_offshore": 12, "solar": 45, "oil": 650}
    assert {name: LIFE_CYCLE[name] for name in published} == published


@pytest.mark.parametrize(
    ("columns", "factors", "words"),
    [
        ({"peat_mw": [1.0], "nuclear_mw": [1.0], "waste_mw": [1.0]}, None, "no emission factor for peat, waste"),
        ({"nuclear_mw": [1.0]}, {"gas": 490.0}, "no emission factor for nuclear"),
        ({"consumption_mw": [1.0]}, None, "no generation in this table"),
        ({"gas_mw": [100.0], "nuclear_mw": [-10.0]}, None, "negative generation"),
        ({"gas_mw": [1.0], "Nuclear (MW)": [1.0]}, None, "generation without a unit"),
        ({"wind_mw": [1.0], "wind_onshore_mw": [1.0]}, None, "beside its own parts"),
        ({"gas_mw": [1.0]}, {"gas": -1.0}, "impossible emission factor of gas"),
        ({"gas_mw": [1.0]}, {"gas": float("nan")}, "impossible emission factor of gas"),
    ],
)
def test_mixes_that_cannot_be(columns: dict[str, list[float]], factors: dict[str, float] | None, words: str) -> None:
    with pytest.raises(InputError, match=words):
        carbon_intensity(table(**columns), factors)
