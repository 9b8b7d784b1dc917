"""Who may know whom: read off the imports, those inside functions and those by name included."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import microgrid
from microgrid.assets import kinds

PACKAGE = Path(microgrid.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
_DOTTED = re.compile(r"microgrid(?:\.\w+)+")

# From the ground up: a file may use what stands before it in its folder, nothing after. The order within a folder is
# given where it has rooms.
_FLOORS = {
    "microgrid": """
        version  errors  extensions  money  units  suffixes  horizon  parameters  calendar  notices  once
        staging  files  wording  repairs
        documents  formats  series  sensors  contract  tariff  physics  assets  case
        model  solve  audit  result  report  studies  __init__  cli  __main__
        """,
    "microgrid.formats": """
        source  service_answers  unit_names  additive  steps_awaiting_unit  timed_table  column_units  longer_steps
        intervals  registers  renamed_columns  format
        zones  text  clock  meters  weather  market  tables  vehicles  registry  __init__
        """,
    "microgrid.series": "fill  align  resample  dates  context  to_horizon  registry  series_field  derived  __init__",
    "microgrid.tariff": "schema  charges  urdb  __init__",
    "microgrid.solve": """
        stop  limits  answer  tighten  warm_start  highs  windows  switches  exclusive  explain  read_back  rolling
        solve_model  __init__
        """,
    "microgrid.result": "summary  tracing  figures  indicators  outcome  solution  __init__",
    "microgrid.report": "__init__  quantities  view  ledger_lines  figures  tables  pages  write_result",
    "microgrid.studies": "runners  __init__",
    "microgrid.cli": "output  options  interrupt  progress  tables  outcomes  commands  __init__",
}
FLOORS = {folder: names.split() for folder, names in _FLOORS.items()}


def module_of(file: Path) -> str:
    """The dotted name of a file; a folder's ``__init__`` is the folder."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in FILES}


@functools.cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@functools.cache
def imports(file: Path) -> frozenset[str]:
    """Every module that a file imports, at its top, inside a function, or by a text that names one of ours."""
    found: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
            found.add(node.value)
    return frozenset(found)


def ours(file: Path) -> set[str]:
    """The modules of this package that a file imports: of ``from folder import file`` the file, not the folder.

    A file may import its own folder, such as a registry that searches it, if the folder itself imports nothing of ours.
    """
    found = {module for module in imports(file) if module in MODULES} - {module_of(file)}
    named = {alias.name for node in ast.walk(tree_of(file)) if isinstance(node, ast.Import) for alias in node.names}

    def counts(module: str) -> bool:
        if MODULES[module].name != "__init__.py" or not any(other.startswith(f"{module}.") for other in found):
            return True
        own = module_of(file).startswith(f"{module}.") and not imports(MODULES[module]) & MODULES.keys()
        return module in named and not own

    return {module for module in found if counts(module)}


def imports_of(package: str) -> dict[Path, set[str]]:
    files = [f for f in FILES if f.relative_to(PACKAGE).parts[0].removesuffix(".py") == package]
    assert files
    return {file: imports(file) for file in files}


def roots(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_the_second_opinion_needs_neither_modelling_language_nor_solver() -> None:
    """Imported one after another in a fresh process, with all that they import; the first that does is named."""
    modules = (
        "microgrid.audit.audit",
        "microgrid.audit.replay",
        "microgrid.report",
        "microgrid.report.pages.html",
        "microgrid.report.write_result",
        "microgrid.result.solution",
        "microgrid.case.reading",
        "microgrid.studies.verify",
        "microgrid.audit.baseline",
    )
    code = (
        "import importlib, sys\n"
        f"for module in {modules!r}:\n"
        "    importlib.import_module(module)\n"
        "    if found := {'pyomo', 'highspy'} & set(sys.modules):\n"
        "        sys.exit(f'{module}: {found}')"
    )
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
    """highspy is imported in solve/highs/ and nowhere else."""
    users = {file.relative_to(PACKAGE).parent.as_posix() for file in FILES if "highspy" in roots(imports(file))}
    assert users == {"solve/highs"}


@pytest.mark.parametrize("package", ["audit", "result", "report"])
def test_no_way_from_the_audit_to_the_model(package: str) -> None:
    """Neither by name nor hidden in a function."""
    for file, modules in imports_of(package).items():
        assert not roots(modules) & {"pyomo", "highspy"}, file
        assert not {m for m in modules if m.startswith(("microgrid.model", "microgrid.solve"))}, file


@pytest.mark.parametrize("package", ["model", "solve", "audit", "result", "studies", "report", "cli"])
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


def test_no_status_is_spelled_where_problems_are_solved() -> None:
    """A status is compared with the members of ``Status``: a misspelt word would be silently unequal."""
    for file in imports_of("solve"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and ast.unparse(node.left).rpartition(".")[2] == "status":
                words = [part for side in node.comparators for part in ast.walk(side) if isinstance(part, ast.Constant)]
                assert not [word.value for word in words if isinstance(word.value, str)], file


def test_kinds_do_not_know_each_other() -> None:
    """Shared physics by composition: no kind imports another."""
    for kind in kinds():
        modules = imports(PACKAGE / "assets" / f"{kind}.py")
        assert not {m for m in modules if m.startswith("microgrid.assets.") and m.split(".")[2] in kinds()}, kind


def place_in(module: str, folder: str) -> str:
    """The file or room of a folder that a module is, or is in; "" outside of it."""
    if module == folder:
        return "__init__"
    return module.removeprefix(f"{folder}.").partition(".")[0] if module.startswith(f"{folder}.") else ""


PACKAGES = {module for module, file in MODULES.items() if file.name == "__init__.py"}


@pytest.mark.parametrize("folder", sorted({package.rpartition(".")[0] for package in PACKAGES} - {""}))
def test_no_module_imports_from_a_later_floor(folder: str) -> None:
    """Files -> Case -> Model -> Solution -> audit, report; every room of a folder has a place in its order."""
    floor = {name: number for number, name in enumerate(FLOORS.get(folder, []))}
    named = MODULES if folder == "microgrid" else PACKAGES
    missing = {place_in(module, folder) for module in named} - {"", *floor}
    assert not missing, f"state on which floor of {folder} these stand"
    for module, file in MODULES.items():
        for other in ours(file):
            user, used = place_in(module, folder), place_in(other, folder)
            if user in floor and used in floor:
                assert floor[used] <= floor[user], f"{module} imports {other}"


def test_no_two_files_import_each_other() -> None:
    """No circle of any length: each file can be understood before those that use it."""
    left = {module: ours(file) for module, file in MODULES.items()}
    while free := [module for module, used in left.items() if not used & left.keys()]:
        for module in free:
            del left[module]
    assert not left


def test_folders_are_seen_at_a_glance() -> None:
    """About a dozen files each; the commands of the command line are a list of their own."""
    counts: dict[str, int] = defaultdict(int)
    for file in FILES:
        counts[file.parent.relative_to(PACKAGE.parent).as_posix()] += 1
    assert {folder: count for folder, count in counts.items() if count > 17} == {}


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
