"""A page for every kind of asset, from the code that reads, models and replays it; no kind is named here."""

from __future__ import annotations

import inspect
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from parameters import LEFT_OUT, nested, table, used_as, words
from pydantic import BaseModel
from ruamel.yaml import YAML

from microgrid import units
from microgrid.assets import kinds
from microgrid.audit.baseline import run_baseline
from microgrid.case.reading import Case, load_case
from microgrid.contract.asset import Asset, Replay
from microgrid.contract.size import SizeIn
from microgrid.report.quantities import quantity
from microgrid.series.series_field import SeriesOf
from microgrid.units import Unit

EXAMPLES = Path(__file__).parent.parent / "_examples"
NAME = "example"

# A day with something to supply and something to draw from, so that any kind can stand in it.
_CASE = """
name: An example
site: {timezone: Europe/Paris, country: FR}
horizon: {start: 2018-06-21, end: 2018-06-22, step: 1 h}
assets:
  consumers: {kind: load, profile: 10 kW}
  supply: {kind: grid, import_max: 1 MW, tariff: {name: flat, energy: [{item: energy, price: 0.2 EUR/kWh}]}}
"""


def write_pages(folder: Path) -> list[str]:
    """Write ``<kind>.md`` for every kind and ``index.md``; returns the kinds."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{kind}.md": page(kind) for kind in kinds()} | {"index.md": index()}
    for old in folder.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
    return list(kinds())


def index() -> str:
    """The list of all kinds."""
    rows = [f"| [{title(kind)}]({kind}.md) | `{kind}` | {_first(asset)} |" for kind, asset in kinds().items()]
    return "\n".join(
        [
            "# Kinds of asset",
            "",
            "Every page of this section is generated from the code that reads, models and replays the kind.",
            "",
            "| Page | `kind:` | What it is |",
            "|---|---|---|",
            *rows,
            "",
            "```{toctree}",
            ":hidden:",
            *kinds(),
            "```",
            "",
        ]
    )


def page(kind: str) -> str:
    """One kind: what it is, equations, an example, keys, columns, ledger lines, checks."""
    asset_type = kinds()[kind]
    replay = replay_of(example_case(kind))
    parts = [
        f"# {title(kind)}",
        f"`kind: {kind}`",
        _first(asset_type),
        "## Equations",
        equations(asset_type),
        "## Example",
        f"```yaml\nassets:\n  {NAME}:\n{_indented(example(kind), 4)}\n```",
        "## Keys",
        "A value with a dimension carries its unit in the file, any of the right dimension; the column *Unit* shows "
        "the one used inside. A share is written as `0.95` or `95 %`.",
        table(asset_type, "../"),
        *_nested_tables(asset_type),
        "## Columns in the schedule",
        _columns(asset_type, replay),
        *_ledger(replay),
        *_checks(replay),
        *_shared(asset_type),
        "What all kinds have in common stands in [How it works](../how-it-works.md).",
    ]
    return "\n\n".join(parts) + "\n"


def title(kind: str) -> str:
    """``flexible_load`` as a heading: ``Flexible load``."""
    return kind.replace("_", " ").capitalize()


def example(kind: str) -> str:
    """The YAML of an asset of this kind: the one kept for it, or one made from its needed keys."""
    kept = EXAMPLES / f"{kind}.yaml"
    if kept.is_file():
        return kept.read_text(encoding="utf-8").strip()
    needed = [info for info in kinds()[kind].model_fields.values() if info.is_required() and info.alias != "kind"]
    return "\n".join([f"kind: {kind}", *(f"{info.alias}: {_sample(info.metadata)}" for info in needed)])


def example_case(kind: str) -> Case:
    """A valid case that holds the example; an InputError shows what is wrong with it."""
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(_CASE)
    content["assets"] = {NAME: yaml.load(example(kind)), **content["assets"]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.yaml"
        with file.open("w", encoding="utf-8") as stream:
            yaml.dump(content, stream)
        return load_case(file)


def replay_of(case: Case) -> Replay:
    """What the example shows when the rules of the baseline run it."""
    asset = case.assets[NAME]
    plan = run_baseline(case.assets, case.horizon).plan
    decisions = {name: plan.schedule[f"{NAME}.{name}"].to_numpy(dtype=float) for name in asset.decisions}
    return asset.replay(decisions, case.horizon)


def _sample(metadata: list[Any]) -> str:
    for item in metadata:
        if isinstance(item, Unit | SeriesOf | SizeIn):
            sample: str = units.example(item.unit)
            return sample.partition(" or ")[0]
    return "..."


def _first(asset_type: type[Asset]) -> str:
    """The module's own sentence, without the kind's name before the colon."""
    text = inspect.getdoc(sys.modules[asset_type.__module__]) or ""
    sentence = " ".join(text.split("\n\n")[0].split()).partition(": ")[2] or text
    return _escaped(sentence[:1].upper() + sentence[1:])


def equations(thing: type) -> str:
    """A docstring: paragraphs of equations line by line in a block of their own, others as text."""
    found = []
    for paragraph in (inspect.getdoc(thing) or "").split("\n\n"):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        if 2 * sum(map(_is_formula, lines)) >= len(lines):
            body = "\n".join(f'<span class="formula">{_html(line)}</span>' for line in lines)
            found.append(f'<div class="formulas">\n{body}\n</div>')
        else:
            found.append(_escaped(" ".join(lines)))
    return "\n\n".join(found)


def _is_formula(line: str) -> bool:
    """Whether a line has about as many signs as words."""
    signs, words_ = len(re.findall(r"[-=<>+*/^|()\[\]]", line)), len(re.findall(r"[A-Za-z_]{2,}", line))
    return signs >= 0.35 * words_ and bool(re.search(r"[=</]", line))


def _nested_tables(asset_type: type[BaseModel]) -> list[str]:
    parts = []
    for model in nested(asset_type):
        keys = " and ".join(dict.fromkeys(used_as(asset_type, model)))
        parts += [f"### {words(model).capitalize()}", f"Taken by {keys}.", equations(model), table(model, "../")]
    return parts


def _columns(asset_type: type[Asset], replay: Replay) -> str:
    lines = ["| Column | Unit | Quantity |", "|---|---|---|"]
    for name in replay.columns:
        about = quantity(name)
        decided = ", decided by the optimizer" if name in asset_type.decisions else ""
        unit = "fraction" if about.unit == "%" else about.unit
        lines.append(f"| `{NAME}.{name}` | {unit or LEFT_OUT} | {about.label}{decided} |")
    note = (
        "Powers are means over the step; states are those at the step's end. "
        "What is not decided follows from the decisions and the keys."
    )
    return "\n".join(lines) + f"\n\n{note}"


def _ledger(replay: Replay) -> list[str]:
    if not replay.amounts:
        return []
    lines = ["| Account | Item | Unit | Booked per |", "|---|---|---|---|"]
    lines += [f"| `{a.account}` | {_escaped(a.item)} | {quantity(a.account).unit} | {a.over} |" for a in replay.amounts]
    return [
        "## Lines in the ledger",
        "Of the example above; a key that is left out may bring no line.",
        "\n".join(lines),
    ]


def _checks(replay: Replay) -> list[str]:
    if not replay.checks:
        return []
    lines = ["| The audit reports | Unit |", "|---|---|"]
    lines += [f"| {_escaped(check.what)} | {check.unit} |" for check in replay.checks]
    return ["## Checks of the audit", "\n".join(lines)]


def _shared(asset_type: type[Asset]) -> list[str]:
    """The shared physics that the kind's module uses, as far as it is a class."""
    module = sys.modules[asset_type.__module__]
    found = [
        thing
        for thing in vars(module).values()
        if inspect.isclass(thing) and thing.__module__.startswith("microgrid.physics.") and thing.__doc__
    ]
    parts = [part for thing in found for part in (f"### {thing.__name__}", equations(thing))]
    return ["## Shared physics", *parts] if parts else []


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line if line else line for line in text.splitlines())


def _escaped(text: str) -> str:
    """Text from the code without what Markdown would read as markup; double backquotes stay code."""
    plain = re.sub(r"``(.+?)``", r"`\1`", text)
    parts = re.split(r"(`[^`]*`)", plain)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_\[\]<>#|$])", r"\\\1", part) for part in parts)


def _html(text: str) -> str:
    spaced = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r" {2,}", lambda run: "&nbsp;" * len(run[0]), spaced)
