"""The XML Schema of records and errors, as one caller may see and write them, made once for each authority."""

from collections import Counter
from collections.abc import Callable, Iterator

from mainspring.access.conditions import Conditions
from mainspring.context import Who
from mainspring.kept import Kept
from mainspring.markup import DECLARATION, tag
from mainspring.model.catalog import Catalog
from mainspring.model.entity import Cardinality, Entity, Relation
from mainspring.model.kinds import Boolean, Bytes, Date, DateTime, Decimal, FileKind, Float, Integer, Kind, ListOfText
from mainspring.query.functions import AGGREGATES, BUCKETS, COUNT
from mainspring.rest.schemas import Schemas

KEPT = 100
"""Authorities whose schema a process keeps."""

_TYPES: tuple[tuple[type[Kind], str], ...] = (
    (Boolean, "xs:boolean"),
    (Integer, "xs:long"),
    (Float, "xs:double"),
    (Decimal, "xs:decimal"),
    (Date, "xs:date"),
    (DateTime, "xs:dateTime"),
    (ListOfText, "texts"),
    (FileKind, "file"),
    (Bytes, "xs:base64Binary"),
)

_FUNCTIONS = (*sorted(AGGREGATES), *BUCKETS)

_COMMON = """\
<xs:complexType name="text"><xs:simpleContent><xs:extension base="xs:string"><xs:attribute name="encoding">\
<xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="base64"/></xs:restriction></xs:simpleType>\
</xs:attribute></xs:extension></xs:simpleContent></xs:complexType>
<xs:complexType name="texts"><xs:sequence>\
<xs:element name="item" type="text" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
<xs:complexType name="file"><xs:all><xs:element name="url" type="text"/><xs:element name="name" type="text"/>\
<xs:element name="size" type="xs:long"/><xs:element name="type" type="text"/>\
<xs:element name="width" type="xs:long" minOccurs="0"/><xs:element name="height" type="xs:long" minOccurs="0"/>\
</xs:all></xs:complexType>
<xs:complexType name="fault"><xs:all><xs:element name="pointer" type="xs:string"/><xs:element name="code" type="xs:string"/>\
<xs:element name="message" type="xs:string"/></xs:all></xs:complexType>
<xs:complexType name="choice"><xs:all><xs:element name="cardinality" type="xs:string"/>\
<xs:element name="embedding" type="xs:string"/><xs:element name="relationship" type="xs:string"/></xs:all></xs:complexType>
<xs:complexType name="details" mixed="true"><xs:sequence>\
<xs:element name="choice" type="choice" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
<xs:complexType name="refusal"><xs:all><xs:element name="code" type="xs:string"/><xs:element name="message" type="xs:string"/>\
<xs:element name="details" type="details" nillable="true"/><xs:element name="hint" type="xs:string" nillable="true"/>\
<xs:element name="errors" minOccurs="0"><xs:complexType><xs:sequence>\
<xs:element name="error" type="fault" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>\
</xs:all></xs:complexType>
"""


def describe_xml(catalog: Catalog, conditions: Conditions) -> Callable[[Who], bytes]:
    """A function that gives the XML Schema for a caller.

    Args:
        catalog: The models.
        conditions: The rules.
    """
    kept: Kept[bytes] = Kept(KEPT)

    def make(who: Who) -> bytes:
        tables = [entity for _, entity in sorted(catalog.entities.items()) if conditions.addressable(entity, who)]
        schemas = Schemas(catalog, conditions, who)
        types = "\n".join(part for entity in tables for part in _types(catalog, schemas, entity))
        roots = "\n".join(_roots(tables))
        start = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        return f"{DECLARATION}{start}\n{roots}\n{_COMMON}{types}\n</xs:schema>\n".encode()

    return lambda who: kept.get(who.authority, lambda: make(who))


def _roots(tables: list[Entity]) -> Iterator[str]:
    """The elements that a document may have as its root. A name that means two things, such as `news`, is of any type."""
    roots = [("error", "refusal")]
    for entity in tables:
        roots += [(tag(entity.name), _list_type(entity)), (tag(entity.singular), _record_type(entity))]
    times = Counter(name for name, _ in roots)
    for name, type in dict(roots).items():
        yield f'<xs:element name="{name}" type="{type if times[name] == 1 else "xs:anyType"}"/>'


def _types(catalog: Catalog, schemas: Schemas, entity: Entity) -> Iterator[str]:
    """The types of a table's records, of lists of them, and of its many-to-many fields."""
    fields = {field.name: field for field in (*schemas.visible(entity), *schemas.writable(entity, "insert"))}
    inside = [_element(tag(field.name), _type(field.kind), nullable=field.nullable) for field in fields.values()]
    relations = {relation.name: relation for relation in schemas.relations(entity)}
    inside += [_relation(catalog, relation) for relation in relations.values()]
    inside += [_function(name) for name in _FUNCTIONS if name not in fields.keys() | relations.keys()]
    record = _element(tag(entity.singular), _record_type(entity), most="unbounded")
    one, key = _element(tag(entity.singular), _record_type(entity)), _element("item", "text")
    yield f'<xs:complexType name="{_record_type(entity)}"><xs:all>{"".join(inside)}</xs:all></xs:complexType>'
    yield f'<xs:complexType name="{_list_type(entity)}"><xs:sequence>{record}</xs:sequence></xs:complexType>'
    either = f'<xs:choice minOccurs="0" maxOccurs="unbounded">{one}{key}</xs:choice>'
    yield f'<xs:complexType name="{_members_type(entity)}">{either}</xs:complexType>'


def _function(name: str) -> str:
    """What a function of `select` gives, under the name that it has without an alias."""
    return _element(name, "xs:long") if name == COUNT else _element(name, "xs:anyType", nullable=True)


def _relation(catalog: Catalog, relation: Relation) -> str:
    target, name = catalog.entities[relation.target], tag(relation.name)
    match relation.cardinality:
        case Cardinality.one:
            return _element(name, _record_type(target), nullable=True)
        case Cardinality.many:
            return _element(name, _list_type(target))
        case Cardinality.members:
            return _element(name, _members_type(target))


def _element(name: str, type: str, *, nullable: bool = False, most: str = "1") -> str:
    nillable = ' nillable="true"' if nullable else ""
    return f'<xs:element name="{name}" type="{type}" minOccurs="0" maxOccurs="{most}"{nillable}/>'


def _type(kind: Kind) -> str:
    return next((type for kinds, type in _TYPES if isinstance(kind, kinds)), "text")


def _record_type(entity: Entity) -> str:
    return f"record.{tag(entity.name)}"


def _list_type(entity: Entity) -> str:
    return f"list.{tag(entity.name)}"


def _members_type(entity: Entity) -> str:
    return f"members.{tag(entity.name)}"
