"""Content of summary.json: a result in short, typed, with a version and a published JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from microgrid.contract.status import Status
from microgrid.errors import ExitCode
from microgrid.money import EURO, Currency
from microgrid.suffixes import coded_name

VERSION = 1
# Fields that carry the code of the currency in the file: those of the objective, unless it is in kg of CO2, and prices.
_OBJECTIVE = ("objective", "bound")
_PRICES = ("one_tonne_less_costs", "cap_prices_per_t")

Amounts = dict[str, float]
Figures = dict[str, float | None]


class _Part(BaseModel):
    """A part of the summary; fields that were not set are left out of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _with_nodes(kpis: Figures, by_node: dict[str, Figures]) -> Figures:
    return {**kpis, **{f"{node}.{name}": value for node, own in by_node.items() for name, value in own.items()}}


class HorizonFacts(_Part):
    """The time axis."""

    start: str = Field(description="Start of the first step: local time with its offset from UTC.")
    steps: int = Field(description="Number of steps.")
    hours: float = Field(description="Sum of the lengths of all steps [h].")


class NoticeFacts(_Part):
    """A notice about a value of the case."""

    field: str = Field(description="Subject: a dotted path of the case, or a column of a file.")
    message: str = Field(description="What is to be known about the subject.")
    left_out_kwh: float = Field(description="Demand that is not served because the horizon begins or ends within it.")


class BaselineFacts(_Part):
    """Accounts and key figures of the rule-based baseline."""

    feasible: bool = Field(description="Whether the baseline keeps all limits; if not, nothing is compared with it.")
    findings: list[str] = Field(default=[], description="Violations that the audit found in the baseline.")
    accounts: Amounts = Field(description="Total of each account.")
    kpis: Figures = Field(description="Key figures of the site.")
    kpis_by_node: dict[str, Figures] = Field(default={}, description="Key figures of each node, if there are several.")

    @property
    def figures(self) -> Figures:
        """Key figures of the site, and of each node under ``node.name``."""
        return _with_nodes(self.kpis, self.kpis_by_node)


class EmissionFacts(_Part):
    """Emissions in total, by scope and by size [kgCO2]; empty if no asset states its emissions."""

    total: float = Field(default=0.0, description="Sum of all lines of the account.")
    by_scope: Amounts = Field(default={}, description="Sums of the lines of each scope.")
    at_average: float | None = Field(
        default=None, description="Total with all import at the network's average intensity."
    )
    at_marginal: float | None = Field(
        default=None, description="Total with all import at the network's marginal intensity."
    )
    per_kwh: float | None = Field(default=None, description="Total / electricity that is used [kWh].")
    per_m2: float | None = Field(default=None, description="Total / floor area [m2].")
    per_person: float | None = Field(default=None, description="Total / working population.")
    one_tonne_less_costs: float | None = Field(default=None, description="Cost of one tonne less; null if unknown.")
    cap_prices_per_t: dict[str, Amounts] = Field(default={}, description="Saving by one tonne more of each cap.")


class LineFacts(_Part):
    """A line of an account over the whole horizon."""

    account: str
    asset: str
    item: str
    amount: float = Field(description="Amount in the unit of its account.")


class TargetFacts(_Part):
    """A target of the case with the value found, and whether it is met."""

    figure: str = Field(description="Name of a key figure or account.")
    min: float | None = Field(description="Least value that meets the target; null if there is no such limit.")
    max: float | None = Field(description="Greatest value that meets the target; null if there is no such limit.")
    value: float | None = Field(description="Value of the figure; null if it has none.")
    met: bool = Field(description="Whether the value lies between min and max.")
    did_you_mean: str | None = Field(default=None, description="Nearest known name, if the target's is unknown.")


class AuditFacts(_Part):
    """The verdict of the audit."""

    passed: bool = Field(description="Whether no violation was found.")
    max_residual_kw: float | None = Field(default=None, description="Largest residual of any power balance [kW].")
    checks: dict[str, bool | float | None] = Field(
        default={}, description="Largest residual of each check, in its own unit."
    )
    findings: list[str] = Field(default=[], description="Violations that were found.")


def _file_names(currency: str, aim: object = "weighted_sum") -> dict[str, str]:
    """Attribute -> name in the file, of each field that is an amount of money, or of emissions if these are the aim."""
    names = {name: coded_name(name, currency) for name in (*_OBJECTIVE, *_PRICES)}
    return names if aim != "emissions" else {**names, **{name: f"{name}_kgco2" for name in _OBJECTIVE}}


def _renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in fields.items()}


class Summary(_Part):
    """A result in short: all that ``summary.json`` holds, in its order.

    Accounts and figures have their names as in the file, with the code of the currency ("cost_gbp"). So have the fields
    ``objective``, ``bound`` and those of ``emissions`` that are amounts of money, but in the file only. An objective of
    emissions is "objective_kgco2" there.
    """

    version: Literal[1] = Field(description="Version of this format.")
    case: str = Field(description="Name of the case's folder.")
    title: str = Field(description="Title of the case.")
    scenario: str = Field(description="Scenario of the case.")
    currency: Currency = Field(description="ISO code of the currency of all amounts of money.")
    horizon: HorizonFacts = Field(description="The time axis.")
    weights: Amounts = Field(description="Weight of one unit of each account in the objective.")
    left_out_kwh: float = Field(
        default=0.0, description="Demand that is not served because the horizon begins or ends within it."
    )
    notices: list[NoticeFacts] = Field(
        default=[], description="Facts about the case that a reader must not miss, although it is valid."
    )
    investment_not_counted: dict[str, Amounts] = Field(
        default={}, description="Sizes of assets [kW, kWh] whose investment has no cost."
    )
    repairs: int = Field(default=0, description="Number of rows of repair_log.")
    repair_log: list[dict[str, Any]] = Field(
        default=[], description="Repairs of the input data: file, column, what, count, detail."
    )
    aim: Literal["weighted_sum", "emissions"] = Field(
        default="weighted_sum", description="What is minimized last: the weighted accounts, or emissions [kg]."
    )
    status: Status = Field(description="How good the schedule is proven to be.")
    objective: float = Field(description="Value of the objective.")
    bound: float | None = Field(description="Objective that no schedule can improve on; null if none is proven.")
    gap: float | None = Field(description="Relative distance of objective and bound; null if no bound is proven.")
    sizes: dict[str, Amounts] = Field(default={}, description="Sizes that were decided, or that have a cost.")
    emissions: EmissionFacts = Field(
        default=EmissionFacts(), description="Emissions by scope, at other intensities, and by size."
    )
    accounts: Amounts = Field(description="Total of each account.")
    baseline: BaselineFacts | None = Field(default=None, description="The rule-based baseline.")
    savings: Amounts | None = Field(
        default=None, description="Baseline minus plan; null if the baseline breaks a limit."
    )
    kpis: Figures = Field(description="Key figures of the site; null for a share of 0.")
    kpis_by_node: dict[str, Figures] = Field(default={}, description="Key figures of each node, if there are several.")
    lines: list[LineFacts] = Field(description="Each line of the accounts over the whole horizon.")
    targets: list[TargetFacts] = Field(default=[], description="Targets of the case.")
    notes: list[str] = Field(default=[], description="Sentences about the result that a reader must not miss.")
    audit: AuditFacts = Field(description="The verdict of the audit.")
    timing_seconds: Amounts = Field(default={}, description="Time that each stage took.")
    size: dict[str, int] = Field(default={}, description="Columns, rows and nonzeros of the matrix.")
    solver: dict[str, Any] = Field(
        default={}, description="Version and iterations of the solver, and the methods that were tried."
    )
    changed_files: list[str] = Field(
        default=[], description="Sentence for each input file that has changed since it was read."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_names(cls, data: Any) -> Any:
        """Fields of a file under the names of their attributes."""
        if not isinstance(data, Mapping):
            return data
        own = {file: name for name, file in _file_names(str(data.get("currency")), data.get("aim")).items()}
        emissions = data.get("emissions")
        inner = {"emissions": _renamed(emissions, own)} if isinstance(emissions, Mapping) else {}
        return {**_renamed(data, own), **inner}

    @property
    def reference(self) -> BaselineFacts | None:
        """The baseline if it is feasible, else None; only then are differences and savings shown, anywhere."""
        return self.baseline if self.baseline is not None and self.baseline.feasible else None

    @property
    def figures(self) -> Figures:
        """Key figures of the site, and of each node under ``node.name``."""
        return _with_nodes(self.kpis, self.kpis_by_node)

    @property
    def targets_met(self) -> bool:
        """Whether all targets are met."""
        return all(target.met for target in self.targets)

    @property
    def exit_code(self) -> ExitCode:
        """Exit code of a run with this result."""
        held = self.audit.passed and self.targets_met
        return self.status.exit_code if held else max(ExitCode.NOT_HELD, self.status.exit_code)

    def with_parts(self, **parts: Any) -> Summary:
        """The summary with some parts replaced; all parts are validated again."""
        return Summary.model_validate({**self.plain(), **parts})

    def plain(self) -> dict[str, Any]:
        """The summary as plain data as it is written, without the parts that were not set."""
        names = _file_names(self.currency, self.aim)
        found = self.model_dump(mode="json", exclude_unset=True)
        if "emissions" in found:
            found["emissions"] = _renamed(found["emissions"], names)
        return _renamed(found, names)

    def written(self, name: str) -> str:
        """Name of an account, a figure or the objective as it is written: ``cost`` is "cost_gbp"."""
        return _file_names(self.currency, self.aim).get(name) or coded_name(name, self.currency)


def summary_schema(currency: str = EURO) -> dict[str, Any]:
    """The JSON Schema of summary.json, of results in one currency."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    schema, names = Summary.model_json_schema(), _file_names(currency)
    for part in (schema, schema["$defs"]["EmissionFacts"]):
        part["properties"] = _renamed(part["properties"], names)
    money, mass = ([file[name] for name in _OBJECTIVE] for file in (names, _file_names(currency, "emissions")))
    schema["properties"] |= {kg: schema["properties"][amount] for kg, amount in zip(mass, money, strict=True)}
    schema["required"] = [name for name in schema["required"] if name not in _OBJECTIVE]
    schema["oneOf"] = [{"required": money}, {"required": mass}]
    schema["properties"]["currency"] |= {"const": currency}
    return {**schema, "$schema": dialect, "title": f"microgrid summary, version {VERSION}"}
