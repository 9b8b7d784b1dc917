"""Replay of decisions to a plan: flows, columns and account lines of each asset are computed and put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from microgrid.contract.asset import EMBODIED_USE, Asset, Replay, standing_lines
from microgrid.contract.ledger import EMISSIONS, Amount, Quantities, quantities_of, tabulate, with_quantities
from microgrid.contract.plan import Plan, to_digits
from microgrid.contract.ports import Port, PortSeries
from microgrid.horizon import FloatArray, Horizon

Decisions = Mapping[str, Mapping[str, FloatArray]]


def replay_all(assets: Mapping[str, Asset], decisions: Decisions, horizon: Horizon) -> dict[str, Replay]:
    """Replay the decisions of each asset, with the cost and emissions of its existence."""
    return {
        name: with_standing(asset, asset.replay(decisions[name], horizon), horizon) for name, asset in assets.items()
    }


def with_standing(asset: Asset, found: Replay, horizon: Horizon) -> Replay:
    """Replay of an asset with the account lines of its size and of its production added."""
    amounts = list(found.amounts)
    amounts += [Amount(line.account, line.item, line.values, "month") for line in standing_lines(asset, horizon)]
    if asset.embodied_kgco2_per_kwh:
        supplied = found.supplied_kw(horizon) * horizon.step_hours
        amounts.append(Amount(EMISSIONS, EMBODIED_USE, asset.embodied_kgco2_per_kwh * supplied))
    return replace(found, amounts=amounts)


def make_plan(
    assets: Mapping[str, Asset],
    replays: Mapping[str, Replay],
    horizon: Horizon,
    amounts: Iterable[tuple[str, Amount]] | None = None,
) -> Plan:
    """Make the plan of replayed assets; its ledger has the given amounts, else those of the replays.

    The quantities of the lines always come from the replays, since the lines of a model have amounts only.

    Raises:
        ValueError: an asset has flows at other ports than it states.
    """
    index = pd.DatetimeIndex(horizon.local, name="time")
    columns = {f"{name}.{column}": values for name, r in replays.items() for column, values in r.columns.items()}
    _check_ports(assets, replays)
    flows = {(*port.at, name): values for name, r in replays.items() for port, values in r.flows.items()}
    ports = {
        (*port.at, name): Port(port.role, r.beside.get(port, PortSeries()))
        for name, r in replays.items()
        for port in r.flows
    }
    ledger = tabulate(list(_amounts(replays) if amounts is None else amounts), horizon, _counted(replays, horizon))
    scales = scale_of_accounts(replays)
    ledger["amount"] = ledger.groupby("account", sort=False)["amount"].transform(
        lambda amounts: to_digits(amounts, [*amounts, scales[str(amounts.name)]])
    )
    flow_index = pd.MultiIndex.from_tuples(flows, names=["node", "carrier", "asset"]) if flows else None
    return Plan(
        schedule=pd.DataFrame({name: values + 0.0 for name, values in columns.items()}, index=index),
        flows=pd.DataFrame(np.array(list(flows.values())).T, index=index, columns=flow_index),
        ledger=ledger,
        ports=ports,
    )


def _check_ports(assets: Mapping[str, Asset], replays: Mapping[str, Replay]) -> None:
    """Check that flows are at ports that the asset states, and that no two of these share a node and carrier.

    Raises:
        ValueError: they are not, because of a defect of the asset's kind.
    """
    for name, replay in replays.items():
        stated = assets[name].ports()
        if {*replay.flows, *replay.beside} - {*stated}:
            raise ValueError(f"{name}: flows at {sorted(replay.flows)}, ports {sorted(stated)}")
        if len({port.at for port in stated}) < len(stated):
            raise ValueError(f"{name}: two ports at one node and carrier: {sorted(stated)}")


def stated_plan(
    assets: Mapping[str, Asset],
    replays: Mapping[str, Replay],
    horizon: Horizon,
    schedule: pd.DataFrame,
    ledger: pd.DataFrame,
) -> Plan:
    """Plan of a stated schedule and a stated ledger, with the flows and ports of the replayed decisions."""
    return replace(make_plan(assets, replays, horizon, ()), schedule=schedule, ledger=ledger)


def counted_again(ledger: pd.DataFrame, replays: Mapping[str, Replay], horizon: Horizon) -> pd.DataFrame:
    """A ledger with unchanged amounts, and with the quantities of the replays."""
    return with_quantities(ledger, _counted(replays, horizon))


def _amounts(replays: Mapping[str, Replay]) -> Iterable[tuple[str, Amount]]:
    return ((name, amount) for name, replay in replays.items() for amount in replay.amounts)


def _counted(replays: Mapping[str, Replay], horizon: Horizon) -> Quantities:
    return quantities_of(_amounts(replays), horizon)


def scale_of_accounts(replays: Mapping[str, Replay]) -> dict[str, float]:
    """Account -> greatest scale among its lines."""
    found: dict[str, float] = defaultdict(float)
    for amount in (amount for replay in replays.values() for amount in replay.amounts):
        found[amount.account] = max(found[amount.account], amount.scale)
    return found


def read_decisions(assets: Mapping[str, Asset], schedule: pd.DataFrame) -> dict[str, dict[str, FloatArray]]:
    """The decisions of each asset among the columns of a schedule."""
    return {
        name: {d: schedule[f"{name}.{d}"].to_numpy(dtype=float) for d in asset.decision_names()}
        for name, asset in assets.items()
    }
