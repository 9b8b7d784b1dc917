"""Key figures of a plan, from what flows at its ports: energies, peaks, and shares by tracing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microgrid.contract.asset import ELECTRICITY
from microgrid.contract.ledger import NodeCarrier
from microgrid.contract.plan import Plan
from microgrid.contract.ports import Beside, Port, PortKey, Role
from microgrid.horizon import FloatArray, Horizon
from microgrid.result.tracing import Origin, trace

_DECIMALS = 6
# Energy that is nothing: what the figures show as 0 kWh, or a solver's rounding beside all that flows.
_NOTHING_KWH, _NOTHING_OF_THROUGHPUT = 0.5e-6, 1e-9

Figures = dict[str, float | None]


def key_figures(plan: Plan, horizon: Horizon) -> Figures:
    """Energies [kWh], peaks [kW], shares and hours of a plan; figures of which nothing exists are left out.

    self_consumption = 1 - own export / generation,  self_sufficiency = own use / use,
    curtailed = curtailed / (curtailed + generation) of the assets that can be curtailed

    where own is what was generated on the site, by ``microgrid.result.tracing`` (of the export: in the same carrier),
    and use is what demand and converters draw. A share of nothing is None. Each carrier has its own figures; the names
    of all but electricity begin with the carrier. discomfort = sum of kelvins outside the comfort bands x hours.
    """
    flows = plan.flow_of_port
    origins = trace(flows, plan.ports)
    found: Figures = {}
    for carrier in dict.fromkeys(key[1] for key in flows):
        part = {key: flow for key, flow in flows.items() if key[1] == carrier}
        prefix = "" if carrier == ELECTRICITY else f"{carrier}_"
        figures = _Carrier(part, plan.ports, origins, horizon.step_hours).figures()
        found |= {f"{prefix}{name}": value for name, value in figures.items()}
    discomfort = _discomfort(plan.schedule)
    if discomfort is not None:
        found["discomfort_kh"] = float(np.dot(discomfort, horizon.step_hours))
    return {name: None if value is None else round(value, _DECIMALS) + 0.0 for name, value in found.items()}


@dataclass(frozen=True)
class _Carrier:
    """The flows of one carrier at all nodes."""

    flows: Mapping[PortKey, FloatArray]
    ports: Mapping[PortKey, Port]
    origins: Mapping[NodeCarrier, Origin]
    hours: FloatArray

    def figures(self) -> Figures:
        """Name -> value, in the order in which they are shown."""
        return {**self._exchange(), **self._energies(), **self._shares()}

    def _exchange(self) -> Figures:
        if not self._has("exchange"):
            return {}
        imported, exported = self._supplied("exchange"), self._drawn("exchange")
        found: Figures = {"peak_import_kw": float(imported.max())}
        found |= {"import_kwh": self._energy(imported), "export_kwh": self._energy(exported)}
        return found | ({"peak_export_kw": float(exported.max())} if exported.max() > 0 else {})

    def _energies(self) -> Figures:
        found: Figures = {}
        if self._has("generation"):
            found["generation_kwh"] = self._energy(self._supplied("generation"))
        if self._has("demand", "conversion"):
            found["demand_kwh"] = self._energy(self._drawn("demand", "conversion"))
        unserved, shifted = self._beside(lambda b: b.unserved_kw), self._beside(lambda b: b.shifted_kw)
        found |= {} if unserved is None else {"unserved_kwh": self._energy(unserved)}
        found |= {} if shifted is None else {"shifted_kwh": self._energy(shifted)}
        if self._has("storage"):
            found["charge_kwh"] = self._energy(self._drawn("storage"))
            found["discharge_kwh"] = self._energy(self._supplied("storage"))
        outside = self._beside(lambda b: b.outside_kwh)
        if outside is not None:
            found["outside_window_hours"] = float(self.hours[outside > _NOTHING_KWH].sum())
        return found

    def _shares(self) -> Figures:
        """The shares, with what was curtailed beside the self-consumption."""
        if not self._has("generation", "demand", "conversion"):
            return {}
        own_export = self._drawn("exchange", share=lambda origin: origin.generated)
        exported = self._share(own_export, self._supplied("generation"))
        own_use = self._drawn("demand", "conversion", share=lambda origin: origin.own)
        return {
            "self_consumption_fraction": None if exported is None else 1.0 - exported,
            **self._curtailed(),
            "self_sufficiency_fraction": self._share(own_use, self._drawn("demand", "conversion")),
        }

    def _curtailed(self) -> Figures:
        curtailed = self._beside(lambda beside: beside.curtailed_kw)
        if curtailed is None:
            return {}
        taken = self._sum(lambda key: None if self._at(key).curtailed_kw is None else self.flows[key].clip(0))
        share = self._share(curtailed, curtailed + (0.0 if taken is None else taken))
        return {"curtailed_kwh": self._energy(curtailed), "curtailed_fraction": share}

    def _share(self, part: FloatArray, whole: FloatArray) -> float | None:
        """Share of two energies in 0..1; None where the whole is nothing."""
        throughput = self._energy(np.sum([np.abs(flow) for flow in self.flows.values()], axis=0))
        energy = self._energy(whole)
        if energy <= max(_NOTHING_KWH, _NOTHING_OF_THROUGHPUT * throughput):
            return None
        return float(np.clip(self._energy(part) / energy, 0.0, 1.0))

    def _energy(self, power: FloatArray) -> float:
        return float(np.dot(power, self.hours))

    def _has(self, *roles: Role) -> bool:
        return any(self.ports[key].role in roles for key in self.flows)

    def _at(self, key: PortKey) -> Beside:
        return self.ports[key].beside

    def _sum(self, of: Callable[[PortKey], FloatArray | None]) -> FloatArray | None:
        parts = [part for part in map(of, self.flows) if part is not None]
        return np.sum(parts, axis=0) if parts else None

    def _beside(self, series: Callable[[Beside], FloatArray | None]) -> FloatArray | None:
        return self._sum(lambda key: series(self._at(key)))

    def _supplied(self, *roles: Role) -> FloatArray:
        """What ports of the roles supply together [kW]."""
        found = self._sum(lambda key: self.flows[key].clip(0) if self.ports[key].role in roles else None)
        return np.zeros_like(self.hours) if found is None else found

    def _drawn(self, *roles: Role, share: Callable[[Origin], FloatArray] | None = None) -> FloatArray:
        """What ports of the roles draw together, or the share of it that has an origin [kW]."""
        found = np.zeros_like(self.hours)
        for key, flow in self.flows.items():
            if self.ports[key].role in roles:
                found += (-flow).clip(0) * (1.0 if share is None else share(self.origins[key[:2]]))
        return found


def _discomfort(schedule: pd.DataFrame) -> FloatArray | None:
    """Kelvins outside all comfort bands together, (N,); None without any."""
    found = None
    for column in schedule.columns:
        asset, _, quantity = column.rpartition(".")
        if quantity == "indoor_temperature_degc":
            air, low, high = (
                schedule[f"{asset}.{name}"].to_numpy(dtype=float)
                for name in (quantity, "comfort_min_degc", "comfort_max_degc")
            )
            outside = np.maximum(low - air, 0) + np.maximum(air - high, 0)
            found = outside if found is None else found + outside
    return found
