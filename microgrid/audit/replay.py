"""A plan from decisions: every asset replayed once, its flows, columns and account lines put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from microgrid.contract.asset import EMBODIED_USE, Asset, Replay, standing
from microgrid.contract.ledger import EMISSIONS, Amount, Quantities, quantities_of, tabulate, with_quantities
from microgrid.contract.plan import Plan, to_digits
from microgrid.contract.ports import Beside, Port
from microgrid.horizon import FloatArray, Horizon

Decisions = Mapping[str, Mapping[str, FloatArray]]


def replay_all(assets: Mapping[str, Asset], decisions: Decisions, horizon: Horizon) -> dict[str, Replay]:
    """Each asset's replay of its own decisions, with what its being there costs and emits."""
    return {
        name: with_standing(asset, asset.replay(decisions[name], horizon), horizon) for name, asset in assets.items()
    }


def with_standing(asset: Asset, found: Replay, horizon: Horizon) -> Replay:
    """An asset's own replay, with the lines of its size and of its making."""
    amounts = list(found.amounts)
    amounts += [Amount(line.account, line.item, line.values, "month") for line in standing(asset, horizon)]
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
    """The plan of replayed assets; its ledger from the given amounts, else from the replays' own.

    What the lines count is the replays' in either case: a model's lines are amounts alone.
    """
    index = pd.DatetimeIndex(horizon.local, name="time")
    columns = {f"{name}.{column}": values for name, r in replays.items() for column, values in r.columns.items()}
    _check_ports(assets, replays)
    flows = {(*port.at, name): values for name, r in replays.items() for port, values in r.flows.items()}
    ports = {
        (*port.at, name): Port(port.role, r.beside.get(port, Beside()))
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
    """Flows stand at ports that the asset states, of which no two share a node and carrier.

    Raises:
        ValueError: a kind is wrong.
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
    """A schedule and a ledger as they are stated, with the flows of the replays of its decisions."""
    return replace(make_plan(assets, replays, horizon, ()), schedule=schedule, ledger=ledger)


def counted_again(ledger: pd.DataFrame, replays: Mapping[str, Replay], horizon: Horizon) -> pd.DataFrame:
    """A ledger whose amounts are kept, with the quantities of other replays."""
    return with_quantities(ledger, _counted(replays, horizon))


def _amounts(replays: Mapping[str, Replay]) -> Iterable[tuple[str, Amount]]:
    return ((name, amount) for name, replay in replays.items() for amount in replay.amounts)


def _counted(replays: Mapping[str, Replay], horizon: Horizon) -> Quantities:
    return quantities_of(_amounts(replays), horizon)


def scale_of_accounts(replays: Mapping[str, Replay]) -> dict[str, float]:
    """Account -> the greatest scale that one of its lines states."""
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
