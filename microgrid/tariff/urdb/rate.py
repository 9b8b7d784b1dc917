"""Import of rates of OpenEI's U.S. Utility Rate Database (URDB, JSON of its versions 7 and 8) as tariff files.

Weekdays are Monday to Friday, public holidays included. A field that a tariff file cannot state is left out with a
warning that shows its value; where the bill would be wrong without it, the rate is refused.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any, NoReturn

from microgrid.errors import InputError, Problem
from microgrid.formats.service_answers import answer_in, words_in
from microgrid.money import Money
from microgrid.tariff.urdb.demand import peaks_of
from microgrid.tariff.urdb.energy import energy_of
from microgrid.tariff.urdb.item import Line, UrdbItem, plain

_SILENT = {
    "label", "utility", "name", "uri", "eiaid", "eia", "approved", "is_default", "startdate", "enddate", "supersedes",
    "supercedes", "sector", "description", "source", "sourceparent", "basicinformationcomments", "energycomments",
    "demandcomments", "country", "demandunits", "rateno", "revisions", "latest_update", "energytoulabels",
    "demandtoulabels", "demandlabels",
}  # fmt: skip
_READ = {
    "energyratestructure", "energyweekdayschedule", "energyweekendschedule", "fueladjustmentsmonthly", "dgrules",
    "usenetmetering", "demandratestructure", "demandweekdayschedule", "demandweekendschedule", "demandrateunit",
    "flatdemandstructure", "flatdemandmonths", "flatdemandunit", "coincidentratestructure", "coincidentrateschedule",
    "coincidentrateunit", "demandwindow", "lookbackpercent", "lookbackmonths", "lookbackrange", "fixedchargefirstmeter",
    "fixedchargeunits", "fixedmonthlycharge", "mincharge", "minchargeunits", "minmonthlycharge", "servicetype",
}  # fmt: skip
_CHARGES = (
    "energyratestructure", "demandratestructure", "flatdemandstructure", "coincidentratestructure",
    "fixedchargefirstmeter", "fixedmonthlycharge",
)  # fmt: skip
_LIMIT = "limits which customers are eligible for this rate; not checked"
_CHARGE = "is not in the tariff; add it by hand where it is a charge"
_LEFT_OUT = {
    **dict.fromkeys(("peakkwcapacitymin", "peakkwcapacitymax", "peakkwcapacityhistory", "peakkwhusagemin"), _LIMIT),
    **dict.fromkeys(("peakkwhusagemax", "peakkwhusagehistory", "voltageminimum", "voltagemaximum"), _LIMIT),
    **dict.fromkeys(("voltagecategory", "phasewiring"), _LIMIT),
    **dict.fromkeys(("energyattrs", "demandattrs", "fixedattrs"), _CHARGE),
    "demandreactivepowercharge": "reactive power is not billed",
    "demandratchetpercentage": "not billed, as its months are not stated; add a ratchet to the peaks by hand",
    "fixedchargeeaaddl": "only the first meter is billed",
    "annualmincharge": "a tariff cannot state a minimum bill per year, only one per month; left out",
}


def import_urdb(path: str | Path, out: str | Path, index: int | None = None) -> list[str]:
    """Write the tariff file of a rate, whole or not at all; returns the warnings, which are also comments in it.

    Its prices stay in USD, so a case in another currency states ``exchange_rates``.

    Args:
        path: a JSON file as the URDB's interface returns it.
        out: the tariff file, YAML.
        index: number of the rate, from 1, where the file holds several.

    Raises:
        InputError: see ``read_urdb``.
        RunEnvironmentError: no space, or no right to write.
    """
    from microgrid.documents.validation import validate
    from microgrid.documents.yaml_file import Document
    from microgrid.files import write_text
    from microgrid.tariff.schema.tariff import Tariff

    tariff, warnings = read_urdb(path, index)
    with Money("USD").in_force():
        validate(Tariff, tariff, Document(str(path), tariff))
    write_text(Path(out), _yaml_text(tariff, warnings))
    return warnings


def read_urdb(path: str | Path, index: int | None = None) -> tuple[Line, list[str]]:
    """Convert a rate to the plain data of a tariff; also returns warnings about fields left out or simplified.

    Raises:
        InputError: not a file of the URDB, several rates without ``index``, or a rate that no tariff file can state.
    """
    try:
        return _converted(path, index)
    except RecursionError:
        raise InputError(Problem("nested too deeply", file=str(path), expected="JSON of the URDB")) from None


def _converted(path: str | Path, index: int | None) -> tuple[Line, list[str]]:
    item = UrdbItem(_chosen(_load(Path(path)), str(path), index), str(path))
    if not any(map(item.given, _CHARGES)):
        item.refuse("not a rate", "energyratestructure", None, "a rate in full detail", "request it with detail=full")
    energy = energy_of(item)
    data = {
        "name": _name(item),
        "source": _source(item),
        "currency": "USD",
        **energy,
        "peaks": peaks_of(item),
        **_fixed(item),
    }
    _warn_of_the_rest(item)
    return {key: value for key, value in data.items() if value}, item.warnings


def _warn_of_the_rest(item: UrdbItem) -> None:
    if item.text("servicetype") not in ("", "bundled"):
        item.warn("servicetype", "only a part of what a customer pays; the other part is another rate")
    for name in item.fields:
        if name in _LEFT_OUT:
            if item.given(name):
                item.warn(name, _LEFT_OUT[name])
        elif name not in _READ | _SILENT:
            item.warn(name, "unknown field; not used")


# Reading of the file


def _load(path: Path) -> Any:
    def refuse(message: str) -> NoReturn:
        raise InputError(Problem(message, file=str(path), expected="JSON of the URDB")) from None

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = {key.lower(): value for key, value in pairs}  # versions of the format differ in capital letters
        if len(found) != len(pairs):
            raise ValueError("a key is given twice")
        return found

    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}")
    except ValueError as error:
        refuse(f"not valid JSON: {plain(str(error))}")
    try:
        return json.loads(text, object_pairs_hook=once)
    except ValueError as error:
        _refuse_words(answer_in(text), str(path))
        refuse(f"not valid JSON: {plain(str(error))}")


def _refuse_answer(data: Any, file: str) -> None:
    """Raise an InputError where the service answered with an error in place of rates."""
    rates = isinstance(data, dict) and (data.get("items") or any(data.get(name) for name in _CHARGES))
    _refuse_words("" if rates or not isinstance(data, dict) else words_in(data), file)


def _refuse_words(answer: str, file: str) -> None:
    """Raise an InputError with the words of the service, if there are any."""
    if answer:
        remedy = "repeat the request as the message requires; the parameter api_key takes the key of the interface"
        raise InputError(Problem("the service answered with an error", file, None, "error", answer, "rates", remedy))


def _chosen(data: Any, file: str, index: int | None) -> dict[str, Any]:
    _refuse_answer(data, file)
    items = data.get("items", [data]) if isinstance(data, dict) else data
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise InputError(Problem("holds no rates", file=file, expected='{"items": [...]} as the URDB answers'))
    if index is None and len(items) == 1:
        return dict(items[0])
    if index is None or not 1 <= index <= len(items):
        shown = [f"{k}: {plain(one.get('label'))} ({plain(one.get('name'))})" for k, one in enumerate(items, 1)]
        known = ", ".join(shown[:20]) + (", ..." if len(shown) > 20 else "")
        message = "the file holds several rates" if index is None else "no rate of this number"
        value = None if index is None else str(index)
        raise InputError(Problem(message, file, None, "--index", value, known, "choose a rate by its number: --index"))
    return dict(items[index - 1])


def _name(item: UrdbItem) -> str:
    words = [plain(item.fields.get(name)) for name in ("utility", "name")]
    return ": ".join(word for word in words if word) or "URDB rate"


def _source(item: UrdbItem) -> str:
    fields = item.fields
    start = fields.get("startdate")
    if isinstance(start, int) and 0 <= start < 1e11:
        start = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=start)).date().isoformat()
    parts = [plain(fields.get(name)) for name in ("utility", "name")]
    parts += [f"{words} {plain(value)}" for words, value in (("label", fields.get("label")), ("from", start)) if value]
    parts.append(plain(fields.get("uri")))
    return "OpenEI URDB: " + ", ".join(part for part in parts if part)


def _yaml_text(tariff: Line, warnings: list[str]) -> str:
    import io

    from ruamel.yaml import YAML

    yaml = YAML()
    text = io.StringIO()
    yaml.default_flow_style = None
    yaml.width = 120
    yaml.dump(tariff, text)
    return "".join(f"# {warning}\n" for warning in warnings) + text.getvalue()


# Fixed charges and minimum bill


def _fixed(item: UrdbItem) -> Line:
    """Keys ``fixed`` and ``minimum`` of the tariff of a rate."""
    usd, per = _amount(item, "fixedchargefirstmeter", "fixedchargeunits", "fixedmonthlycharge")
    keys = {"day": ("price_per_day", "d"), "month": ("price_per_month", "month"), "year": ("price", "year")}
    key, unit = keys[per]
    least, least_per = _amount(item, "mincharge", "minchargeunits", "minmonthlycharge")
    if least and least_per != "month":
        item.warn("mincharge", f"a tariff cannot state a minimum bill per {least_per}, only one per month; left out")
        least = 0.0
    return {
        "fixed": [{"item": "fixed charge", key: item.price(usd, unit)}] if usd else [],
        "minimum": {"price_per_month": item.price(least, "month")} if least > 0 else {},
    }


def _amount(item: UrdbItem, name: str, units: str, older: str) -> tuple[float, str]:
    """Amount of a field [USD] and its period, "day", "month" or "year"; older: an earlier field for the same."""
    before = item.number(item.fields.get(older), older)
    if not item.given(name):
        return before, "month"
    usd = item.number(item.fields[name], name)
    unit = item.text(units)
    if not unit:
        item.warn(name, "without a unit; taken per month")
    if unit not in ("", "$/day", "$/month", "$/year"):
        item.refuse("unknown unit", units, unit, "$/day, $/month or $/year")
    if before and (before, unit) != (usd, "$/month"):
        item.warn(older, f"left out beside {name}")
    return usd, unit[2:] or "month"
