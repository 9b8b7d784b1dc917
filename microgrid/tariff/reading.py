"""A tariff as a field of an asset: a file of its own, or the mapping itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from microgrid.errors import InputError
from microgrid.files import InputFiles
from microgrid.series.context import Reading, resolve
from microgrid.tariff.schema.tariff import Tariff
from microgrid.tariff.shipped import library_file

if TYPE_CHECKING:
    from microgrid.documents.yaml_file import Document

_LIBRARY = "library:"
_ENDINGS = (".yaml", ".yml", ".json")


def is_tariff_file(value: object) -> bool:
    """Whether a value of a case is the name of a tariff: of a YAML file, or of the library."""
    return isinstance(value, str) and (value.startswith(_LIBRARY) or value.endswith(_ENDINGS))


def open_tariff(name: object, folder: Path, files: InputFiles) -> Document:
    """Open a tariff file: a YAML file in the case's folder, which is noted in ``files``, or "library:<name>".

    Raises:
        InputError: no such file, a file outside the folder, or one that is not YAML.
    """
    from microgrid.documents.yaml_file import load_yaml

    if str(name).startswith(_LIBRARY):
        return load_yaml(library_file(str(name).removeprefix(_LIBRARY)), str(name))
    path = resolve(name, folder)
    files.add(path)
    return load_yaml(path, (folder / str(name)).as_posix())


def load_tariff(name: object, reading: Reading) -> Tariff:
    """Load a tariff: from a YAML file in the case's folder, or "library:<name>", which the package ships.

    Raises:
        InputError: everything that is wrong with the tariff, with file and line.
    """
    from microgrid.documents.validation import validate

    document = open_tariff(name, reading.folder, reading.files)
    return validate(Tariff, document.data, document, context={"reading": reading})


class _TariffOrFile:
    """Marks a field that holds a tariff, or the name of a YAML file of the case that holds it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "examples": ["tariff.yaml", "library:fr-turpe7-hta-short-2025"]}
        return {"anyOf": [text, handler(schema)]}

    @staticmethod
    def read(value: Any, info: ValidationInfo) -> Any:
        """The tariff in the file that the value names; a mapping or a tariff as it stands."""
        if isinstance(value, Mapping | Tariff):
            return value
        reading = (info.context or {}).get("reading")
        if not isinstance(reading, Reading):
            raise PydanticCustomError("tariff", "a tariff file can only be read within a case", {})
        try:
            return load_tariff(value, reading)
        except InputError as error:
            raise PydanticCustomError("problems", "see problems", {"problems": error.problems}) from None


TariffField = Annotated[Tariff, _TariffOrFile()]
