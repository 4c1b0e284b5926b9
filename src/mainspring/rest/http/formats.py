"""Which format a reply has and a body is in, by their media types."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mainspring.change.decode import csv, form, json, ndjson, xml
from mainspring.change.parse import Body
from mainspring.errors import NotAcceptable, UnsupportedMedia
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Entity
from mainspring.query.encode.csv import CsvEncoder
from mainspring.query.encode.encoder import Encoder
from mainspring.query.encode.json import JsonEncoder, StrippedEncoder
from mainspring.query.encode.ndjson import NdjsonEncoder
from mainspring.query.encode.xml import XmlEncoder
from mainspring.query.parse import Query
from mainspring.query.statement import Record, Shape
from mainspring.rest.media import CSV, FORM, JSON, LIST, MULTIPART, NDJSON, ONE, ONE_XML, XML
from mainspring.web.accept import choose


@dataclass(frozen=True, slots=True)
class Format:
    """The format of a reply.

    Attributes:
        media: Its media type.
        encoder: Writes it.
        one: Whether it is one record instead of a list.
    """

    media: str
    encoder: type[Encoder]
    one: bool = False

    @property
    def header(self) -> tuple[str, str]:
        """The header that names it."""
        return "content-type", f"{self.media}; charset=utf-8"


Decode = Callable[[bytes, Entity, Catalog], Body]

_JSON = Format(JSON, JsonEncoder)
FORMATS: Mapping[str, Format] = {
    JSON: _JSON,
    ONE: Format(ONE, JsonEncoder, one=True),
    XML: Format(XML, XmlEncoder),
    "text/xml": Format("text/xml", XmlEncoder),
    ONE_XML: Format(ONE_XML, XmlEncoder, one=True),
    CSV: Format(CSV, CsvEncoder),
    NDJSON: Format(NDJSON, NdjsonEncoder),
    "application/ndjson": Format("application/ndjson", NdjsonEncoder),
    LIST: _JSON,
}
"""The formats of replies by media type, the best first."""

_STRIPPED = "nulls=stripped"
_WITHOUT_NULLS = {
    LIST: Format(f"{LIST};{_STRIPPED}", StrippedEncoder),
    ONE: Format(f"{ONE};{_STRIPPED}", StrippedEncoder, one=True),
}

DECODERS: Mapping[str, Decode] = {
    JSON: json.decode,
    ONE: json.decode,
    LIST: json.decode,
    XML: xml.decode,
    "text/xml": xml.decode,
    ONE_XML: xml.decode,
    CSV: csv.decode,
    NDJSON: ndjson.decode,
    "application/ndjson": ndjson.decode,
    FORM: form.decode,
}
"""What reads a body, by media type."""

_ERRORS = "application/problem+json"  # a wish for errors; what is no error comes as JSON
_NAMED = f"{JSON}, {XML}, {CSV}, {NDJSON}"
_CHARSETS = {"", "utf-8", "utf8", "us-ascii"}


def choose_format(accept: str) -> Format:
    """The format that a request's `Accept` likes best.

    Raises:
        NotAcceptable: It takes nothing that can be given.
    """
    if not accept or accept in {JSON, "*/*"}:
        return _JSON
    chosen = choose(accept, (*FORMATS, _ERRORS))
    if chosen is None:
        raise NotAcceptable("none of the media types in 'Accept' can be given", code="PGRST107", hint=f"accept {_NAMED} or {ONE}")
    if chosen in _WITHOUT_NULLS and _STRIPPED in accept.replace(" ", ""):
        return _WITHOUT_NULLS[chosen]
    return FORMATS.get(chosen, _JSON)


def choose_decoder(content_type: str) -> Decode:
    """What reads a body of a media type; without one it is JSON.

    Raises:
        UnsupportedMedia: Nothing reads it, or it is in another charset than UTF-8.
    """
    media, charset = media_type(content_type)
    decode = DECODERS.get(media or JSON)
    if decode is None:
        hint = f"send {_NAMED}, {FORM} or {MULTIPART}"
        raise UnsupportedMedia(f"a body of type '{media[:60]}' cannot be read here", hint=hint)
    check_charset(charset)
    return decode


def check_charset(charset: str) -> None:
    """Refuse a body in another charset than UTF-8.

    Raises:
        UnsupportedMedia: It is.
    """
    if charset not in _CHARSETS:
        raise UnsupportedMedia(f"a body in the charset '{charset[:60]}' cannot be read here", hint="send UTF-8")


def media_type(content_type: str) -> tuple[str, str]:
    """The media type and the charset that a `Content-Type` names."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    found = (value.strip("\"' ") for name, _, value in (each.partition("=") for each in parameters) if name.strip() == "charset")
    return media, next(found, "")


def encoded(format: Format, records: Sequence[Record], shape: Shape | None, query: Query) -> bytes:
    """Records in the format of a reply."""
    assert shape is not None, "a statement that finds records has a shape"
    encoder = format.encoder(shape, numbers_as_text=query.numbers_as_text)
    return encoder.one(records[0]) if format.one else encoder.page(records)
