"""microgrid: optimal, audited dispatch of business parks, districts and city zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microgrid.version import __version__

if TYPE_CHECKING:
    from microgrid.case.end_value import with_end_value
    from microgrid.case.reading import Case, load_case
    from microgrid.errors import InfeasibleError, InputError, MicrogridError
    from microgrid.report.write_result import write_result
    from microgrid.result.solution import Solution
    from microgrid.solve.limits import Limits
    from microgrid.studies.billing import bill_meter
    from microgrid.studies.compare import Comparison, compare
    from microgrid.studies.dispatch import dispatch
    from microgrid.studies.importing import Profile, read_profile, write_profile
    from microgrid.studies.rolling import rolling
    from microgrid.studies.runners.one_study import StudyRun, run_study
    from microgrid.studies.sensors import Sensing, gather_sensors
    from microgrid.studies.sharing import Sharing, share_energy
    from microgrid.studies.study import Question, Study, StudyResult
    from microgrid.studies.sweep import Sweep, sweep
    from microgrid.studies.verify import verify_result
    from microgrid.tariff.urdb.rate import import_urdb

_WHERE = {
    "bill_meter": "microgrid.studies.billing",
    "Case": "microgrid.case.reading",
    "load_case": "microgrid.case.reading",
    "with_end_value": "microgrid.case.end_value",
    "InfeasibleError": "microgrid.errors",
    "InputError": "microgrid.errors",
    "MicrogridError": "microgrid.errors",
    "Solution": "microgrid.result.solution",
    "Limits": "microgrid.solve.limits",
    "Comparison": "microgrid.studies.compare",
    "compare": "microgrid.studies.compare",
    "dispatch": "microgrid.studies.dispatch",
    "rolling": "microgrid.studies.rolling",
    "Question": "microgrid.studies.study",
    "Study": "microgrid.studies.study",
    "StudyResult": "microgrid.studies.study",
    "StudyRun": "microgrid.studies.runners.one_study",
    "run_study": "microgrid.studies.runners.one_study",
    "Sensing": "microgrid.studies.sensors",
    "gather_sensors": "microgrid.studies.sensors",
    "Sharing": "microgrid.studies.sharing",
    "share_energy": "microgrid.studies.sharing",
    "Sweep": "microgrid.studies.sweep",
    "sweep": "microgrid.studies.sweep",
    "import_urdb": "microgrid.tariff.urdb.rate",
    "Profile": "microgrid.studies.importing",
    "read_profile": "microgrid.studies.importing",
    "write_profile": "microgrid.studies.importing",
    "verify_result": "microgrid.studies.verify",
    "write_result": "microgrid.report.write_result",
}

__all__ = [
    "Case",
    "Comparison",
    "InfeasibleError",
    "InputError",
    "Limits",
    "MicrogridError",
    "Profile",
    "Question",
    "Sensing",
    "Sharing",
    "Solution",
    "Study",
    "StudyResult",
    "StudyRun",
    "Sweep",
    "__version__",
    "bill_meter",
    "compare",
    "dispatch",
    "gather_sensors",
    "import_urdb",
    "load_case",
    "read_profile",
    "rolling",
    "run_study",
    "share_energy",
    "sweep",
    "verify_result",
    "with_end_value",
    "write_profile",
    "write_result",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used, so that ``import microgrid`` costs nothing."""
    if name not in _WHERE:
        raise AttributeError(f"module 'microgrid' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_WHERE[name]), name)
