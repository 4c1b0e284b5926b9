"""Files and pictures. A column holds what the file is; its content stands in the store, found by its hash."""

from dataclasses import dataclass
from typing import Any, ClassVar

from mainspring.database import types
from mainspring.database.types import Converter, Stored
from mainspring.files.stored import StoredFile
from mainspring.model.kinds.kind import WRONG_TYPE, Kind, Refused


class File(StoredFile):
    """A file of any type, as the value of a field."""


class Image(StoredFile):
    """A picture (JPEG, PNG, WebP, AVIF or GIF), as the value of a field."""


@dataclass(frozen=True)
class FileKind(Kind):
    """A file.

    The stored text begins with the content's hash, so the field's index tells which records need a content.

    Attributes:
        max_bytes: Largest file that is taken, in bytes.
    """

    name = "file"
    operators = frozenset({"is"})
    form = "file"
    indexed = True
    value: ClassVar[type[StoredFile]] = File

    max_bytes: int = 20_000_000

    @property
    def stored(self) -> Stored:
        return types.Text(500)

    @property
    def to_plain(self) -> Converter:
        return StoredFile.to_text

    @property
    def from_plain(self) -> Converter:
        return self.value.from_text

    def validate(self, value: Any) -> StoredFile:
        if isinstance(value, StoredFile):
            return value
        raise Refused(WRONG_TYPE, "expected a file: send the record as multipart/form-data with the file as a part")

    def schema(self) -> dict[str, Any]:
        properties = {
            "url": {"type": "string"},
            "name": {"type": "string"},
            "size": {"type": "integer"},
            "type": {"type": "string"},
        }
        return {"type": "object", "readOnly": True, "required": list(properties), "properties": properties}


@dataclass(frozen=True)
class ImageKind(FileKind):
    """A picture.

    Attributes:
        strip_location: Whether what tells the place where it was taken is removed before it is stored.
    """

    name = "image"
    form = "image"
    value = Image

    strip_location: bool = True

    def schema(self) -> dict[str, Any]:
        schema = super().schema()
        sides = {"width": {"type": "integer"}, "height": {"type": "integer"}}
        return schema | {"required": [*schema["required"], *sides], "properties": schema["properties"] | sides}
