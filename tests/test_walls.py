"""Who may know whom: read off the imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import microgrid
from microgrid.assets import kinds

PACKAGE = Path(microgrid.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Every module that a file imports, at its top or anywhere inside."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imports_of(package: str) -> dict[Path, set[str]]:
    files = [f for f in FILES if f.relative_to(PACKAGE).parts[0].removesuffix(".py") == package]
    assert files
    return {file: imports(file) for file in files}


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize(
    "module",
    [
        "microgrid.audit.audit",
        "microgrid.audit.replay",
        "microgrid.report",
        "microgrid.report.html",
        "microgrid.report.write_result",
        "microgrid.result.solution",
        "microgrid.case.reading",
        "microgrid.studies.verify",
        "microgrid.audit.baseline",
    ],
)
def test_the_second_opinion_needs_neither_modelling_language_nor_solver(module: str) -> None:
    """Imported in a fresh process, with all that it imports in turn."""
    code = f"import sys, {module}; sys.exit(','.join({{'pyomo', 'highspy'}} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr.strip() == ""
    assert done.returncode == 0


def test_verify_runs_without_modelling_language_and_solver(tmp_path: Path) -> None:
    """Not only the imports: a whole verification, with both packages made impossible to import."""
    from microgrid import dispatch, load_case
    from microgrid.report.write_result import write_result
    from tests.conftest import ONE_DAY

    folder, _ = write_result(dispatch(load_case(ONE_DAY)), tmp_path)
    code = (
        "import sys; sys.modules['pyomo'] = sys.modules['highspy'] = None\n"
        "from microgrid.studies.verify import verify_result\n"
        f"sys.exit(0 if verify_result({str(folder)!r}).passed else 5)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_only_solve_knows_the_solver() -> None:
    """highspy is imported in solve/ and nowhere else."""
    users = {file.relative_to(PACKAGE).parts[0] for file in FILES if "highspy" in roots(imports(file))}
    assert users == {"solve"}


@pytest.mark.parametrize("package", ["audit", "report", "solution"])
def test_no_way_from_the_audit_to_the_model(package: str) -> None:
    """Neither by name nor hidden in a function."""
    for file, modules in imports_of(package).items():
        assert not roots(modules) & {"pyomo", "highspy"}, file
        assert not {m for m in modules if m.startswith(("microgrid.model", "microgrid.solve"))}, file


@pytest.mark.parametrize("package", ["model", "solve", "audit", "studies", "report", "cli"])
def test_no_kind_is_named_outside_its_file(package: str) -> None:
    """No import of a kind's module; in model/ and solve/ no text that is a kind's name, and no isinstance on one."""
    classes = {kind.__name__ for kind in kinds().values()}
    for file, modules in imports_of(package).items():
        assert not {m for m in modules if m.startswith("microgrid.assets.") and m.split(".")[2] in kinds()}, file
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not names & classes, file
        if package in ("model", "solve"):
            texts = {
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            assert not texts & set(kinds()), file


def test_kinds_do_not_know_each_other() -> None:
    """Shared physics by composition: no kind imports another."""
    for kind in kinds():
        modules = imports(PACKAGE / "assets" / f"{kind}.py")
        assert not {m for m in modules if m.startswith("microgrid.assets.") and m.split(".")[2] in kinds()}, kind


def test_nothing_flows_back() -> None:
    """files -> Case -> Model -> Solution: the early ones do not import the late ones."""
    order = [
        ["errors", "units", "horizon", "calendar", "memory", "staging", "files"],
        ["profiles", "tariff", "physics"],
        ["assets"],
        ["case"],
        ["model"],
        ["solve"],
        ["studies"],
        ["cli"],
    ]
    for place, packages in enumerate(order):
        later = {name for group in order[place + 1 :] for name in group}
        for package in packages:
            for file, modules in imports_of(package).items():
                wrong = {
                    m
                    for m in modules
                    if m.split(".")[0] == "microgrid" and m.split(".")[1:2] and m.split(".")[1] in later
                }
                allowed = {"tariff": "microgrid.case", "physics": "microgrid.contract.asset"}.get(package, "-")
                assert not {m for m in wrong if not m.startswith(allowed)}, file


def test_help_is_cheap() -> None:
    """``--help`` and ``import microgrid`` load no heavy library."""
    heavy = {
        "numpy",
        "pandas",
        "pyomo",
        "highspy",
        "scipy",
        "pydantic",
        "pyarrow",
        "jinja2",
        "ruamel",
        "pint",
        "holidays",
    }
    code = (
        "import sys\nfrom microgrid.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"sys.exit(','.join({heavy!r} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
