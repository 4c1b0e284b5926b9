"""Files on their way to a field, before the record that will hold them is written."""

from typing import BinaryIO

from mainspring.files.inbox import Incoming
from mainspring.files.store import Store
from mainspring.files.stored import PictureRule
from mainspring.model.kinds import FileKind, ImageKind

CHUNK = 1 << 20


def receive(store: Store, kind: FileKind, name: str, content: BinaryIO) -> Incoming:
    """Take a file in, as a field's kind wants it. Its `file` is the field's value; hand it to the change as `incoming` too.

    Args:
        store: Whose inbox takes it.
        kind: The kind of the field.
        name: The file's name, as its sender says it.
        content: The bytes, read from where it stands to its end.

    Raises:
        FileRefused: It is not what the field takes.
        TooLarge: It is larger than the field takes.
        StorageFull: There is no room for it.
    """
    rule = PictureRule(strip_location=kind.strip_location) if isinstance(kind, ImageKind) else None
    with store.inbox.upload(kind.max_bytes) as upload:
        while chunk := content.read(CHUNK):
            upload.write(chunk)
        return upload.accept(name, rule)
