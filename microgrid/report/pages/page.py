"""Shell of every page: templates, embedded data, scripts and the policy that allows nothing else.

Asset names and file contents are data. They reach a page in two ways only: through the template engine, which
escapes them, and in one JSON block, whose markup characters are written as escapes of their code. The content
security policy names the hashes of our own scripts, so that even markup that slipped through could not run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_JSON_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_COMMON_SCRIPTS = ("echarts.min.js", "core.js", "charts.js")


def render_page(template: str, data: Any, scripts: Sequence[str], **context: Any) -> str:
    """Render a page from a template, with data for its figures and the scripts that draw them."""
    sources = [static_text(name) for name in (*_COMMON_SCRIPTS, *scripts)]
    return (
        _environment()
        .get_template(template)
        .render(
            data=script_json(data),
            scripts=[Markup(source) for source in sources],  # noqa: S704 - our own files, not input
            style=Markup(static_text("report.css")),  # noqa: S704
            policy=_policy(sources),
            **context,
        )
    )


def script_json(data: Any) -> Markup:
    """Encode data as JSON that is safe inside a script element; a ValueError for NaN, which JSON does not have."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=True)
    return Markup(text.translate(_JSON_ESCAPES))  # noqa: S704 - escaped in this line


@lru_cache
def static_text(name: str) -> str:
    """Text of a static file of this package, with the newlines that a browser uses for its hash."""
    text = files("microgrid.report").joinpath("static", name).read_text(encoding="utf-8").replace("\r\n", "\n")
    if "</script" in text.lower() or "</style" in text.lower():
        raise ValueError(f"{name} would end the element that embeds it")
    return text


def _policy(sources: Sequence[str]) -> str:
    hashes = " ".join(f"'sha256-{_digest(source)}'" for source in sources)
    # Styles are inline because the chart library positions its tooltips by style attributes.
    rules = ("default-src 'none'", "img-src data:", "style-src 'unsafe-inline'", f"script-src {hashes}")
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))


def _digest(source: str) -> str:
    return base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode("ascii")


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("microgrid.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
