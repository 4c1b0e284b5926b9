"""Entity tags: what an answer of one record is known by, and what a request says that it knows (RFC 9110, 8.8.3 and 13.1)."""

import re
from collections.abc import Mapping
from hashlib import blake2b

from mainspring.change.precondition import Precondition
from mainspring.errors import BadRequest

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_TAGS = re.compile(rf"\s*(?:{_TAG.pattern}\s*(?:,\s*|$))+")


def entity_tag(version: str, media: str, body: bytes) -> str:
    """The tag of an answer: `"<version>.<8 hex>"`, of which the second part is another for each form of the same version."""
    return f'"{version}.{blake2b(media.encode() + body, digest_size=4).hexdigest()}"'


def knows(headers: Mapping[bytes, bytes], tag: str) -> bool:
    """Whether `If-None-Match` says that the caller has the answer with this tag already. What cannot be read says nothing."""
    known = headers.get(b"if-none-match", b"").decode("latin-1").strip()
    return known == "*" or tag in {part.strip().removeprefix("W/") for part in known.split(",")}


def read_precondition(headers: Mapping[bytes, bytes]) -> Precondition | None:
    """What `If-Match` and `If-None-Match` ask of the record that is to be changed; None where they ask nothing.

    A tag's version alone counts: whoever knows the version knows the record, in whatever form they have read it. A weak tag is
    like no other.

    Raises:
        BadRequest: They cannot be read, or say something that no change can heed.
    """
    wanted, unwanted = (_value(headers, name) for name in (b"if-match", b"if-none-match"))
    if wanted is not None and unwanted is not None:
        raise BadRequest("'If-Match' and 'If-None-Match' ask for opposite things", code="PGRST122")
    if unwanted is not None and unwanted != "*":
        hint = "write 'If-None-Match: *' to make what is not there yet, or 'If-Match' to change what you know"
        raise BadRequest("a change takes no tags in 'If-None-Match'", code="PGRST122", hint=hint)
    if unwanted is not None:
        return Precondition(absent=True)
    if wanted is None or wanted == "*":
        return None if wanted is None else Precondition()
    return Precondition(frozenset(text.rpartition(".")[0] for weak, text in _tags(wanted) if not weak))


def _value(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    return headers[name].decode("latin-1").strip() if name in headers else None


def _tags(value: str) -> list[tuple[str, str]]:
    """The tags of a header's list: whether each is weak, and its text."""
    if not _TAGS.fullmatch(value):
        hint = 'write If-Match: "<tag>" as the header ETag gave it, quotes included'
        raise BadRequest("'If-Match' is no list of entity tags", code="PGRST122", hint=hint)
    return _TAG.findall(value)
