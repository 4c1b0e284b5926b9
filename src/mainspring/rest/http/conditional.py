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
    """Whether `If-None-Match` says that the caller has the answer with this tag already.

    Raises:
        BadRequest: It cannot be read.
    """
    known = headers.get(b"if-none-match", b"").decode("latin-1").strip()
    return known == "*" or (bool(known) and tag in {f'"{text}"' for _, text in _tags("If-None-Match", known)})


def read_precondition(headers: Mapping[bytes, bytes]) -> Precondition | None:
    """What `If-Match` and `If-None-Match` ask of the record that is to be changed; None where they ask nothing.

    A tag's version alone counts: whoever knows the version knows the record, in whatever form they have read it. A weak tag is
    like no other.

    Raises:
        BadRequest: They cannot be read, or say something that no change can heed.
    """
    wanted = headers.get(b"if-match", b"").decode("latin-1").strip()
    unwanted = headers.get(b"if-none-match", b"").decode("latin-1").strip()
    if wanted and unwanted:
        raise BadRequest("'If-Match' and 'If-None-Match' ask for opposite things", code="PGRST122")
    if unwanted not in {"", "*"}:
        hint = "write 'If-None-Match: *' to make what is not there yet, or 'If-Match' to change what you know"
        raise BadRequest("a change takes no tags in 'If-None-Match'", code="PGRST122", hint=hint)
    if unwanted:
        return Precondition(absent=True)
    if wanted in {"", "*"}:
        return Precondition() if wanted else None
    return Precondition(frozenset(text.rpartition(".")[0] for weak, text in _tags("If-Match", wanted) if not weak))


def _tags(header: str, value: str) -> list[tuple[str, str]]:
    """The tags of a header's list: whether each is weak, and its text."""
    if not _TAGS.fullmatch(value):
        hint = f'write {header}: "<tag>" as the header ETag gave it, quotes included'
        raise BadRequest(f"'{header}' is no list of entity tags", code="PGRST122", hint=hint)
    return _TAG.findall(value)
