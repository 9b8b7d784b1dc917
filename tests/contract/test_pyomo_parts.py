"""Parts of Pyomo that it does not promise to keep: when a release changes one, this says which, and where it is used.

``pyproject.toml`` admits no release beyond those that these tests have seen; see decision 35.
"""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.core as pyo
import pytest
from pyomo.version import version

from microgrid.contract.linear import Goal, Rows, Variable

LINEAR, MODEL = "microgrid/contract/linear.py", "microgrid/model/__init__.py"


def textbook() -> dict[str, Any]:
    """A variable, a constraint and an objective as in a textbook, on a model."""
    model: Any = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2], bounds=(0, 1))
    model.rule = pyo.Constraint([1, 2], rule=lambda m, k: m.x[k] <= 1)
    model.goal = pyo.Objective(["total"], rule=lambda m, _: m.x[1])
    return {"IndexedVar": model.x, "IndexedConstraint": model.rule, "IndexedObjective": model.goal}


def ours() -> dict[str, Any]:
    """The same of ours, which nobody has looked into."""
    model: Any = pyo.ConcreteModel()
    model.x = Variable([1, 2], "label", np.zeros(2), np.ones(2))
    model.rule = Rows([1, 2], model.x.all, np.full(2, -np.inf), np.ones(2), None)
    model.goal = Goal(lambda: model.x[1] + 0.0)
    return {"Variable": model.x, "Rows": model.rule, "Goal": model.goal}


def classes_stand_where_they_are_imported_from() -> bool:
    places = {"constraint": "IndexedConstraint", "objective": "IndexedObjective", "var": "IndexedVar"}
    return all(hasattr(importlib.import_module(f"pyomo.core.base.{file}"), name) for file, name in places.items())


def elements_are_kept_in_data() -> bool:
    return all(list(component._data) == list(component.keys()) for component in textbook().values())


def data_is_assigned_and_not_a_slot() -> bool:
    return all("_data" in vars(component) for component in textbook().values())


def constructed_is_a_flag() -> bool:
    return all(component._constructed is True for component in textbook().values())


def construct_takes_optional_data() -> bool:
    parameters = [list(inspect.signature(type(c).construct).parameters) for c in textbook().values()]
    return all(names == ["self", "data"] for names in parameters)


def construct_is_called_as_a_component_is_added() -> bool:
    return all(component._added and not component.filled for component in ours().values())


def elements_are_looked_up_in_data() -> bool:
    looked = ours()
    for component in looked.values():
        list(component.values())
    return all(component.filled and len(component._data) == len(component) for component in looked.values())


def an_expression_takes_whole_lists() -> bool:
    from pyomo.core.expr.numeric_expr import LinearExpression

    x = textbook()["IndexedVar"]
    x[1].set_value(1.0)
    x[2].set_value(2.0)
    return bool(pyo.value(LinearExpression(constant=1.0, linear_coefs=[2.0, 3.0], linear_vars=[x[1], x[2]])) == 9.0)


def a_watch_for_scipy_is_kept_by_name() -> bool:
    code = (
        "import sys; from pyomo.common import dependencies\n"
        "sys.exit('scipy' not in dependencies.DeferredImportCallbackFinder._callbacks)"
    )
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, timeout=120).returncode == 0


PARTS: dict[str, tuple[Callable[[], bool], str]] = {
    "pyomo.core.base has IndexedVar, IndexedConstraint, IndexedObjective": (
        classes_stand_where_they_are_imported_from,
        LINEAR,
    ),
    "indexed components keep their elements in _data": (elements_are_kept_in_data, LINEAR),
    "_data is an attribute that a property can replace": (data_is_assigned_and_not_a_slot, LINEAR),
    "_constructed says whether a component has its elements": (constructed_is_a_flag, LINEAR),
    "construct takes the component and optional data": (construct_takes_optional_data, LINEAR),
    "add_component calls construct, and looks at no element": (construct_is_called_as_a_component_is_added, LINEAR),
    "elements are looked up in _data": (elements_are_looked_up_in_data, LINEAR),
    "LinearExpression takes a constant and lists of coefficients and variables": (
        an_expression_takes_whole_lists,
        LINEAR,
    ),
    "DeferredImportCallbackFinder._callbacks holds the watch for scipy": (a_watch_for_scipy_is_kept_by_name, MODEL),
}


@pytest.mark.parametrize("part", PARTS)
def test_pyomo_still_has_what_it_does_not_promise(part: str) -> None:
    holds, where = PARTS[part]
    broken = f"Pyomo {version} has changed a part that {where} relies on, namely that {part}"
    try:
        kept = holds()
    except Exception as error:
        pytest.fail(f"{broken}: {error!r}")
    assert kept, broken


@pytest.mark.parametrize("first", ["pass", "import pint", "import scipy.sparse"])
@pytest.mark.parametrize("module", ["microgrid.studies.dispatch", "microgrid.solve.solve_model"])
def test_a_model_needs_no_statistics(first: str, module: str) -> None:
    """scipy.stats takes a second to load; neither it nor the order of imports is needed for a sparse matrix."""
    code = f"{first}\nimport sys, {module}\nsys.exit('scipy.stats' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"Pyomo {version} loads scipy.stats again, see {MODEL}; {done.stderr}"
