"""Reading of case folders: validated assets with their series on the horizon."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from microgrid.assets import kinds
from microgrid.case.axis import make_horizon
from microgrid.case.case_file import case_file, open_document, result_name
from microgrid.case.overrides import BASE
from microgrid.case.ports import check_ports, lone_nodes
from microgrid.case.schema import Carrier, CaseFile, EmissionsCap, Node, Objective, Site
from microgrid.case.targets import Limits, read_targets
from microgrid.contract.asset import Asset
from microgrid.contract.ledger import COST, EMISSIONS, INCONVENIENCE, STORE_DRAWDOWN, Cap
from microgrid.documents.currencies import stated_money
from microgrid.documents.validation import validate
from microgrid.documents.yaml_file import Document, dotted_paths
from microgrid.errors import InputError, Problem, nearest
from microgrid.files import InputFiles
from microgrid.horizon import Horizon
from microgrid.money import Money
from microgrid.notices import Notice
from microgrid.repairs import RepairLog
from microgrid.sensors.of_case import SensorsOfCase
from microgrid.series.context import Reading

_ASSET_NAME = re.compile(r"[^\W_][\w +&()'-]{0,59}")


@dataclass(frozen=True)
class Case:
    """A site to be dispatched: everything read, checked, and on one time axis.

    name: name of the results, see ``result_name``; money: currency of all amounts; weights: account -> weight in the
    objective; files: every file that was read -> hash of its content; data: content of the case file after scenario and
    settings, for the report; nodes, carriers: those that the case declares, empty where only its assets name them.
    """

    name: str
    title: str
    scenario: str
    path: Path
    settings: Mapping[str, Any]
    site: Site
    horizon: Horizon
    objective: Objective
    money: Money
    assets: Mapping[str, Asset]
    targets: Mapping[str, Limits]
    sources: Mapping[str, str]
    notes: tuple[str, ...]
    repairs: RepairLog
    files: Mapping[Path, str]
    data: Mapping[str, Any]
    scenarios: tuple[str, ...]
    nodes: Mapping[str, Node] = field(default_factory=dict)
    carriers: Mapping[str, Carrier] = field(default_factory=dict)

    def sized(self, sizes: Mapping[str, Mapping[str, float]]) -> Case:
        """Copy of the case with decided sizes: asset -> field -> size."""
        assets = {name: asset.sized(sizes.get(name, {})) for name, asset in self.assets.items()}
        return replace(self, assets=assets)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Notices for readers of the result: demand that is left out, parameters that are hardly intended."""
        own = ((name, notice) for name, asset in self.assets.items() for notice in asset.notices())
        named = (replace(notice, field=f"assets.{name}.{notice.field}") for name, notice in own)
        return (*self.repairs.notices(), *named, *([] if self.nodes else lone_nodes(self.assets)))

    @property
    def left_out_kwh(self) -> float:
        """Demand left out because the horizon begins or ends within its run or session [kWh]."""
        return math.fsum(notice.left_out_kwh for notice in self.notices)

    @property
    def caps(self) -> tuple[Cap, ...]:
        """Limits on emissions over the periods of the horizon."""
        return tuple(_cap(cap, self.horizon) for cap in self.objective.emissions_caps)

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each account in the objective that is minimized last [money; kgCO2 with least_emissions_within]."""
        last = self.objective.least_emissions_within is not None
        return dict.fromkeys(self.first_weights, 0.0) | {EMISSIONS: 1.0} if last else self.first_weights

    @property
    def first_weights(self) -> dict[str, float]:
        """Weight of each account in the objective that is minimized first [money]."""
        return {
            COST: self.objective.cost,
            EMISSIONS: self.objective.carbon_price_per_kgco2,
            INCONVENIENCE: self.objective.inconvenience,
            STORE_DRAWDOWN: self.objective.cost,
        }


def load_case(path: str | Path, scenario: str = BASE, settings: Mapping[str, Any] | None = None) -> Case:
    """Read a case folder (or its YAML file) with one scenario and further settings by dotted path.

    Raises:
        InputError: lists everything that is wrong: file, line, asset, field, value, expectation, remedy.
    """
    settings = dict(settings or {})
    file, document, changed, content, reading = open_case(path, scenario, settings)
    with reading.money.in_force():
        assets = _read_assets(content.assets, changed, reading)
        targets = read_targets(content.targets, changed)
    _check_repaired(reading.log, content.max_repaired, changed)
    _check_sources(content.sources, document, changed)
    _check_mentioned(assets, document)
    check_ports(assets, content.nodes, content.carriers, changed)
    return Case(
        name=result_name(file),
        title=content.name,
        scenario=scenario,
        path=file,
        settings=settings,
        site=content.site,
        horizon=reading.horizon,
        objective=content.objective,
        money=reading.money,
        assets=assets,
        targets=targets,
        sources=content.sources,
        notes=content.notes,
        repairs=reading.log,
        files=reading.files.settle(),
        data=changed.data,
        scenarios=tuple(dict.fromkeys([BASE, *content.scenarios])),
        nodes=content.nodes,
        carriers=content.carriers,
    )


def open_case(
    path: str | Path, scenario: str, settings: Mapping[str, Any]
) -> tuple[Path, Document, Document, CaseFile, Reading]:
    """Open a case: its file, the document as written and with changes, its validated content, and the reading.

    The reading is the context in which the series of assets are read.

    Raises:
        InputError: what is wrong with the file, apart from its assets.
    """
    file = case_file(Path(path))
    files = InputFiles()
    files.add(file.resolve())
    document, changed = open_document(file, scenario, settings)
    money = stated_money(changed)
    with money.in_force():
        content = validate(CaseFile, changed.data, changed)
    site = content.site
    horizon = make_horizon(content.horizon, content.site, changed, len(content.assets))
    reading = Reading(file.parent, horizon, RepairLog(), files=files, latitude=site.latitude, longitude=site.longitude)
    reading.money = money
    files.include(changed.files)
    if content.sensors is not None:
        reading.sensors = SensorsOfCase(content.sensors, document.name)
    return file, document, changed, content, reading


def _cap(cap: EmissionsCap, horizon: Horizon) -> Cap:
    """Limit of emissions in each day, month or year of the horizon, reduced by share where only a part lies in it."""
    month = horizon.month_of_step
    if cap.per == "month":
        labels = horizon.months
        group = month
        share = horizon.share_of_month
    elif cap.per == "year":
        years, of_month = np.unique(horizon.month_number // 12, return_inverse=True)
        labels = [str(year) for year in years]
        group = np.asarray(of_month[month], dtype=np.int64)
        share = np.bincount(of_month, horizon.share_of_year).astype(float)
    else:
        days = horizon.local.tz_localize(None).normalize()
        starts, group = np.unique(days, return_inverse=True)
        labels = [str(start)[:10] for start in starts]
        share = np.bincount(group, horizon.days_in_step).astype(float)
    name = f"emissions cap by {cap.per}"
    return Cap(name, {EMISSIONS: 1.0}, cap.max_kgco2 * share, group.astype(np.int64), labels)


def _read_assets(raw: Mapping[str, dict[str, Any]], document: Document, reading: Reading) -> dict[str, Asset]:
    assets: dict[str, Asset] = {}
    problems: list[Problem] = []
    for name, parameters in raw.items():
        try:
            assets[name] = _read_asset(name, parameters, document, reading)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return assets


def _read_asset(name: str, parameters: dict[str, Any], document: Document, reading: Reading) -> Asset:
    at = ("assets", name)
    if not _ASSET_NAME.fullmatch(name):
        line = document.line(at)
        expected = "a letter or digit first, then letters, digits, blanks and _ + & ( ) ' -, up to 60 characters"
        raise InputError(Problem("not a name for an asset", document.name, line, "assets", repr(name), expected))
    kind = parameters.get("kind")
    if not isinstance(kind, str) or kind not in kinds():
        near = nearest(str(kind), kinds())
        raise InputError(
            Problem(
                "unknown kind" if kind is not None else "missing",
                document.name,
                document.line((*at, "kind")),
                f"assets.{name}.kind",
                None if kind is None else str(kind),
                "one of " + ", ".join(kinds()),
                f"did you mean {near!r}?" if near and kind is not None else None,
            )
        )
    return validate(kinds()[kind], parameters, document, at, {"reading": reading, "asset": name})


def _check_repaired(log: RepairLog, most: float | None, document: Document) -> None:
    """Check that no column was repaired by a larger share than the case allows; an InputError lists those that were."""
    problems = [
        Problem(
            "more of the data had to be repaired than the case allows",
            document.name,
            document.line(("max_repaired",)),
            "max_repaired",
            f"{share:.2%} of column {column!r} in {file}",
            f"at most {most:.2%}",
            "complete the file, or allow more",
        )
        for file, column, share in log.repaired()
        if most is not None and share > most
    ]
    if problems:
        raise InputError(problems)


def _check_mentioned(assets: Mapping[str, Asset], document: Document) -> None:
    """Check that the file has every asset that another one refers to, even if a scenario removes it."""
    written = document.data.get("assets")
    known = [str(name) for name in written] if isinstance(written, Mapping) else []
    for name, asset in assets.items():
        for other in asset.mentioned():
            if other not in known or other == name:
                near = nearest(other, [some for some in known if some != name])
                remedy = f"did you mean {near!r}?" if near else None
                line = document.line(("assets", name))
                expected = "the name of another asset of the case"
                place = f"assets.{name}"
                raise InputError(Problem("no such asset", document.name, line, place, other, expected, remedy))


def _check_sources(sources: Mapping[str, str], document: Document, changed: Document) -> None:
    """Check that every path with a source exists in the case, as written or with the changes of its scenario."""
    known = {*dotted_paths(document.data), *dotted_paths(changed.data)}
    for path in sources:
        if path not in known:
            near = nearest(path, known)
            remedy = f"did you mean {near!r}?" if near else None
            line = document.line(("sources", path))
            message = "source of a value that the case does not have"
            expected = "a dotted path such as assets.battery.capacity"
            raise InputError(Problem(message, document.name, line, "sources", path, expected, remedy))
