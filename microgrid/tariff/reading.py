"""A tariff as a field of an asset: a file of its own, or the mapping itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from microgrid.errors import InputError
from microgrid.profiles.series import Reading
from microgrid.tariff.schema import Tariff


def load_tariff(name: object, reading: Reading) -> Tariff:
    """The tariff in a YAML file of the case's folder; an InputError lists what is wrong with it."""
    from microgrid.case.validation import validate
    from microgrid.case.yaml_file import load_yaml

    path = reading.resolve(name)
    document = load_yaml(path, (reading.folder / str(name)).as_posix())
    return validate(Tariff, document.data, document, context={"reading": reading})


def _read(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, Mapping | Tariff):
        return value
    reading = (info.context or {}).get("reading")
    if not isinstance(reading, Reading):
        raise PydanticCustomError("tariff", "a tariff file can only be read within a case", {})
    try:
        return load_tariff(value, reading)
    except InputError as error:
        raise PydanticCustomError("problems", "see problems", {"problems": error.problems}) from None


TariffField = Annotated[
    Tariff,
    BeforeValidator(_read),
    WithJsonSchema({"anyOf": [{"type": "string", "examples": ["tariff.yaml"]}, {"type": "object"}]}),
]
