"""What every kind has to keep, looped over all that are registered.

The example of a kind is ``EXAMPLE`` in its own test file, in a day of 24 h beside the assets of ``SURROUNDINGS``.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import jsonschema
import numpy as np
import pytest

import microgrid.assets
from microgrid import Case, InputError, Solution, dispatch, load_case
from microgrid.assets import kinds
from microgrid.audit.audit import Claim, audit
from microgrid.audit.replay import read_decisions, replay_all
from microgrid.case.json_schema import case_schema
from microgrid.contract.asset import BaselineRole
from microgrid.contract.ports import Role
from microgrid.contract.size import SizeIn
from microgrid.model.assembly import build_model
from microgrid.solve.solve_model import solve_model
from microgrid.suffixes import suffix_of
from microgrid.units import parse
from tests.assets.stated import beside, example
from tests.conftest import check, content, grid, kw, load, make_case, write_case
from tests.proofs import proof

KINDS = sorted(kinds())
SURROUNDINGS: dict[str, Any] = {
    "demand": {"kind": "load", "profile": kw(*([10] * 7 + [30] * 12 + [10] * 5))},
    "connection": grid(
        [0.1] * 7 + [0.3] * 12 + [0.1] * 5,
        sell=0.02,
        import_max=200,
        export_max=20,
        carbon="60 g/kWh",
        peaks=[{"item": "peak", "price": "0.1 EUR/kW"}],
    ),
}


def assets_with(kind: str) -> dict[str, Any]:
    """The example beside the surroundings, and beside what it needs besides: ``BESIDE``, such as a demand for heat."""
    return {"x": example(kind), **SURROUNDINGS, **beside(kind)}


@functools.cache
def solved(kind: str) -> Solution:
    return check(dispatch(make_case(assets_with(kind), hours=24)))


def test_the_registry_is_the_files_of_the_package() -> None:
    """A file is a kind of the same name, apart from the contract itself."""
    files = {path.stem for path in Path(microgrid.assets.__file__).parent.glob("*.py")}
    assert set(KINDS) == files - {"__init__", "asset"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_uses_every_decision(kind: str) -> None:
    """An example in which a decision stays at zero would prove nothing about it."""
    solution = solved(kind)
    for name in kinds()[kind].decisions:
        assert np.abs(solution.schedule[f"x.{name}"]).max() > 1e-3, f"{name} is not used by the example"


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_says_what_it_is(kind: str) -> None:
    """The documentation page and the report take meaning and unit from the field."""
    for name, info in kinds()[kind].model_fields.items():
        if name != "kind":
            assert info.description, f"{kind}.{name} has no description"
            assert info.description.endswith("."), f"{kind}.{name}: a description is a sentence"
    assert (kinds()[kind].__doc__ or "").strip()


@pytest.mark.parametrize("kind", KINDS)
def test_every_port_has_a_role(kind: str) -> None:
    """Without one the key figures could not tell what a flow is; a store says what it holds and what came in."""
    solution = solved(kind)
    asset = solution.case.assets["x"]
    ports = {key[:2]: port for key, port in solution.plan.ports.items() if key[2] == "x"}
    assert {(*at, port.role) for at, port in ports.items()} == set(asset.ports())
    assert asset.baseline_role in get_args(BaselineRole)
    for port in ports.values():
        assert port.role in get_args(Role)
        if port.role == "storage":
            assert port.beside.stored_kwh is not None
            assert port.beside.inflow_kwh is not None
            assert (port.beside.inflow_kwh <= port.beside.stored_kwh + 1e-6).all()


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_frozen_and_a_misspelt_key_is_refused_with_the_nearest(kind: str) -> None:
    """A typo that is ignored would silently solve another case."""
    case = solved(kind).case
    with pytest.raises(ValueError, match="frozen"):
        case.assets["x"].node = "elsewhere"
    key = next(key for key in example(kind) if key != "kind")
    wrong = {(f"{name}s" if name == key else name): value for name, value in example(kind).items()}
    with pytest.raises(InputError) as caught:
        make_case({**SURROUNDINGS, "x": wrong}, hours=24)
    [problem] = [p for p in caught.value.problems if p.message == "unknown key"]
    assert problem.field == f"assets.x.{key}s"
    assert repr(key) in (problem.remedy or "")
    assert problem.line is not None


@pytest.mark.parametrize("kind", KINDS)
def test_build_touches_its_block_only_and_stands_twice(kind: str) -> None:
    """Two blocks of the same asset in one model: everything lands on its own block, and both are decided."""
    case = solved(kind).case
    asset = case.assets["x"]
    before = repr(asset)
    twice = {"x": asset, "y": asset, **{name: case.assets[name] for name in SURROUNDINGS}}
    model = build_model(twice, case.horizon, case.weights)
    names = [component.name for component in model.pyomo.component_objects(descend_into=False)]
    assert set(names) <= {"asset", "asset_index", "node", "node_index", "cap", "cap_index", "objective"}
    declared = [{c.local_name for c in model.pyomo.asset[name].component_objects(descend_into=False)} for name in "xy"]
    assert declared[0] == declared[1]
    values = solve_model(model).values
    decided = [asset.decide(values[name]) for name in "xy"]
    assert [set(d) for d in decided] == [set(asset.decisions)] * 2
    for decisions in decided:
        for found in asset.replay(decisions, case.horizon).checks:
            assert found.residual.max(initial=0.0) <= 1e-6 * max(found.scale, 1e-3), found.what
    assert repr(asset) == before


@pytest.mark.parametrize("kind", KINDS)
def test_replay_of_the_solved_decisions_has_no_residual(kind: str) -> None:
    """Model and replay are two writings of the same physics."""
    solution = solved(kind)
    case = solution.case
    replays = replay_all(case.assets, read_decisions(case.assets, solution.schedule), case.horizon)
    for found in replays["x"].checks:
        assert found.residual.shape == (24,)
        assert found.residual.max() <= 1e-6 * max(found.scale, 1e-3), found.what
        assert found.unit
    for name, values in replays["x"].columns.items():
        assert values.shape == (24,)
        assert np.isfinite(values).all()
        assert suffix_of(name) is not None, name
    assert replays["x"].flows
    for values in replays["x"].flows.values():
        assert values.shape == (24,)


@proof(sample=1, whole=4)
@pytest.mark.parametrize("kind", KINDS)
def test_every_column_that_is_changed_makes_the_audit_fail(kind: str, cases: int) -> None:
    """One number in a step, by 1 % of the column's largest (at least 0.01): decisions and derived columns alike."""
    solution = solved(kind)
    case = solution.case
    claim = Claim(solution.objective, solution.bound, 1e-4, case.weights)
    columns = [name for name in solution.schedule.columns if name.startswith("x.")]
    assert columns
    generator = np.random.default_rng(3)
    for name in columns:
        values = solution.schedule[name].to_numpy(dtype=float)
        size = max(0.01 * np.abs(values).max(), 0.01)
        for step in generator.choice(24, 4, replace=False).tolist()[:cases]:
            for sign in (1, -1):
                changed = solution.schedule.copy()
                changed.iloc[step, changed.columns.get_loc(name)] += sign * size
                verdict = audit(case.assets, replace(solution.plan, schedule=changed), case.horizon, claim)
                assert not verdict.passed, f"{name} in step {step} by {sign * size:g} goes unnoticed"


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_the_ledger_that_is_changed_makes_the_audit_fail(kind: str) -> None:
    """0.01 in any amount."""
    solution = solved(kind)
    case = solution.case
    for row in range(len(solution.ledger)):
        ledger = solution.ledger.copy()
        ledger.iloc[row, ledger.columns.get_loc("amount")] += 0.01
        assert not audit(case.assets, replace(solution.plan, ledger=ledger), case.horizon).passed


@pytest.mark.parametrize("kind", KINDS)
def test_the_optimum_is_no_worse_than_a_feasible_baseline(kind: str) -> None:
    """The rules keep what the optimizer has to keep, and cost at least as much, all accounts weighed."""
    solution = solved(kind)
    assert solution.baseline.feasible, [str(f) for f in solution.baseline.audit.findings]
    weights = solution.case.weights
    baseline = sum(weights[name] * amount for name, amount in solution.baseline.plan.accounts().items())
    assert solution.objective <= baseline + 1e-6 * max(abs(baseline), 1.0)


@functools.cache
def validator() -> jsonschema.Draft202012Validator:
    schema = case_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def sizes_of(kind: str) -> list[tuple[str, str]]:
    """Key and unit of each field of a kind that takes a size."""
    fields = kinds()[kind].model_fields.values()
    marks = [(info.alias or "", mark) for info in fields for mark in info.metadata]
    return [(key, mark.unit) for key, mark in marks if isinstance(mark, SizeIn)]


@pytest.mark.parametrize(("kind", "key", "unit"), [(kind, *size) for kind in KINDS for size in sizes_of(kind)])
def test_a_size_that_is_decided_limits_what_it_is_the_size_of(kind: str, key: str, unit: str) -> None:
    """So dear that nobody would buy it, up to what the example has: replayed at the chosen size, the schedule holds.

    Without the rule that binds the powers of the asset to its size, the size would be 0 and the asset used anyway.
    """
    assets = assets_with(kind)
    most = {**assets["x"]}.get(key, "100 " + unit)
    assets["x"] = {**assets["x"], key: {"max": most, "yearly_cost": f"10000 EUR/{unit}/year"}}
    solution = check(dispatch(make_case(assets, hours=24)))
    [chosen] = [value for name, value in solution.sizes["x"].items() if name.startswith(key)]
    assert 0 <= chosen <= parse(most, unit)
    assert chosen < parse(most, unit) or kind == "grid"


@pytest.mark.parametrize("kind", KINDS)
def test_the_json_schema_takes_what_the_reader_takes(kind: str) -> None:
    """An editor accepts the example, and marks a misspelt key, an unknown kind and a bare number."""
    good = content(assets_with(kind), hours=24)
    validator().validate(good)
    key = next(key for key in example(kind) if key != "kind")
    wrong = {(f"{name}s" if name == key else name): value for name, value in example(kind).items()}
    for bad in (wrong, {**example(kind), "kind": f"{kind}s"}):
        assert not validator().is_valid({**good, "assets": {**SURROUNDINGS, "x": bad}})


NEW_KIND = '''
"""A generator set."""
from typing import Any, ClassVar, Literal
import numpy as np
from pydantic import Field
from microgrid.contract.asset import Check, Replay, SinglePort, outside
from microgrid.contract.ledger import COST, Amount, Contribution, Entry, Term
from microgrid.contract.variables import add_variable
from microgrid.units import EnergyPrice, Power

class Genset(SinglePort):
    """0 <= generation <= capacity, at the price of its fuel."""

    decisions: ClassVar = ("generation_kw",)
    role: ClassVar = "generation"
    baseline_role: ClassVar = "generation"
    kind: Literal["genset"]
    capacity_kw: Power = Field(description="Rated power.")
    fuel_price_per_kwh: EnergyPrice = Field(description="Price of the fuel per energy generated.")

    def build(self, block: Any, horizon: Any) -> Contribution:
        power = add_variable(block, horizon, "generation_kw", upper=self.capacity_kw)
        fuel = Entry(COST, "fuel", (Term(power, self.fuel_price_per_kwh * horizon.step_hours),))
        return Contribution({self.port: [Term(power)]}, [fuel])

    def replay(self, decisions: Any, horizon: Any) -> Replay:
        power = decisions["generation_kw"]
        fuel = Amount(COST, "fuel", self.fuel_price_per_kwh * power * horizon.step_hours)
        checks = [Check("generation outside its limits", outside(power, self.capacity_kw), "kW", self.capacity_kw)]
        return Replay({"generation_kw": power}, {self.port: power}, checks, [fuel])

    def follow(self, horizon: Any, surplus: Any) -> Any:
        return {"generation_kw": np.clip(-surplus[self.port.at], 0, self.capacity_kw)}
'''


@pytest.fixture
def genset(tmp_path: Path) -> Iterator[None]:
    """One more file among the kinds."""
    (tmp_path / "genset.py").write_text(NEW_KIND, encoding="utf-8")
    microgrid.assets.__path__.append(str(tmp_path))
    kinds.cache_clear()
    yield
    microgrid.assets.__path__.remove(str(tmp_path))
    sys.modules.pop("microgrid.assets.genset", None)
    kinds.cache_clear()


@pytest.mark.usefixtures("genset")
def test_a_new_file_is_a_new_kind_everywhere(tmp_path: Path) -> None:
    """Case, schema, model, audit, baseline and report know it without another edit: 6 kW at 0.2, 4 at 0.5: 3.20 EUR."""
    spec = {"kind": "genset", "capacity": "6 kW", "fuel_price": "0.2 EUR/kWh"}
    folder = write_case(tmp_path / "site", {"set": spec, "load": load(10), "grid": grid(0.5)})
    solution = check(dispatch(load_case(folder)))
    assert solution.plan.accounts()["cost"] == pytest.approx(3.2)
    assert solution.baseline.feasible
    assert case_schema()["$defs"]["Genset"]
    jsonschema.validate(json.loads((folder / "case.yaml").read_text()), case_schema())

    from microgrid.report.write_result import write_result

    result, _ = write_result(solution, tmp_path / "out")
    assert "set.generation_kw" in (result / "schedule.csv").read_text()
    assert "set" in (result / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("genset")
def test_a_decision_that_is_no_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its author reads the name and the kind, and not a KeyError of the program."""
    monkeypatch.setattr(kinds()["genset"], "decisions", ("power_kw",))
    spec = {"kind": "genset", "capacity": "6 kW", "fuel_price": "0.2 EUR/kWh"}
    case = load_case(write_case(tmp_path / "site", {"set": spec, "load": load(10), "grid": grid(0.5)}))
    with pytest.raises(
        ValueError, match=r"Genset\.decisions has 'power_kw', but Genset\.build adds only generation_kw"
    ):
        dispatch(case)


def test_assets_may_be_called_anything_that_is_a_name() -> None:
    """Names are data: those of Pyomo's attributes, of Python's words, with blanks, accents and signs."""
    names = ["load", "lambda", "asset", "index", "Büro 1 (Süd)", "a+b", "x-y_z", "O'Brien & co", "0"]
    assets = {name: load(1) for name in names}
    solution = check(dispatch(make_case({**assets, "grid": grid(0.1)})))
    assert solution.plan.accounts()["cost"] == pytest.approx(0.1 * len(names))


def test_a_case_can_hold_every_kind_at_once() -> None:
    """All examples side by side: optimal, audited, and the baseline not better."""
    case: Case = make_case({**{kind: example(kind) for kind in KINDS}, **SURROUNDINGS}, hours=24)
    solution = check(dispatch(case))
    assert len(solution.case.assets) == len(KINDS) + 2
