"""The JSON Schemas of case and tariff files, generated from the models that validate them."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from microgrid.assets import any_asset
from microgrid.case.schema import VERSION, CaseFile
from microgrid.tariff.schema.tariff import Tariff

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def case_schema() -> dict[str, Any]:
    """JSON Schema of case.yaml, with every kind of asset."""
    schema = CaseFile.model_json_schema(ref_template="#/$defs/{model}")
    asset = TypeAdapter(any_asset()).json_schema(ref_template="#/$defs/{model}")
    definitions = {**schema.pop("$defs", {}), **asset.pop("$defs", {}), "Asset": asset}
    schema["properties"]["assets"]["additionalProperties"] = {"$ref": "#/$defs/Asset"}
    title = {"$schema": _DIALECT, "title": f"microgrid case, version {VERSION}"}
    return {**schema, **title, "$defs": definitions}


def tariff_schema() -> dict[str, Any]:
    """JSON Schema of tariff files."""
    return {**Tariff.model_json_schema(), "$schema": _DIALECT, "title": "microgrid tariff"}
