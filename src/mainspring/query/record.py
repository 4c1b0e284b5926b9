"""From rows to the records that the encoders write."""

from collections.abc import Callable
from typing import Any, TypeGuard
from urllib.parse import quote

from mainspring.files.stored import StoredFile
from mainspring.model.kinds import FileKind
from mainspring.query.results import on_the_wire
from mainspring.query.statement import Children, Many, One, Record, Row, Shape, ShownColumn, shape_of
from mainspring.query.values import Values

FILES = "/rest/v1/files"


def record_builder(shape: Shape, values: Values) -> Callable[[Row, Children], Record]:
    """A function that makes the record of one row, made once for each statement: it is the hot path of every answer."""
    names = tuple(column.shown for column in shape.columns)
    places = tuple(column.at for column in shape.columns)
    plain = places == tuple(range(places[0], places[0] + len(places))) if places else False
    start, stop = (places[0], places[-1] + 1) if plain else (0, 0)
    converters = [(column.shown, values.storage(column.field).wire) for column in shape.columns if column.result is None]
    wired = tuple((name, wire) for name, wire in converters if wire is not None)
    results = tuple(
        (column.shown, values.finisher(column.result), column.result.parts_at) for column in shape.columns if column.result
    )
    files = tuple((column.shown, _file_address(shape, column)) for column in shape.columns if isinstance(column.kind, FileKind))
    casts = tuple((column.shown, column.cast.convert) for column in shape.columns if column.cast)
    hidden = tuple((column.shown, column.seen_at) for column in shape.columns if column.seen_at is not None)
    ones = tuple((one.name, one.shape.key_at[0], record_builder(one.shape, values)) for one in shape.ones if not one.spread)
    manys = tuple((many.name, many.at, shape_of(many.statement).empty) for many in shape.manys if not many.spread)
    spreads = (
        *(_spread_one(one, values) for one in shape.ones if one.spread),
        *(_spread_many(many) for many in shape.manys if many.spread),
    )

    def build_plain(row: Row, _: Children) -> Record:
        record = dict(zip(names, row[start:stop] if plain else [row[at] for at in places], strict=True))
        for name, wire in wired:
            value = record[name]
            if value is not None:
                record[name] = wire(value)
        return record

    if not any((results, files, casts, hidden, ones, manys, spreads)):
        return build_plain

    def build(row: Row, children: Children) -> Record:
        record = build_plain(row, children)
        for name, finish, parts_at in results:
            record[name] = on_the_wire(finish([row[at] for at in parts_at]))
        for name, describe in files:
            record[name] = describe(row)
        for name, convert in casts:
            value = record[name]
            if value is not None:
                record[name] = convert(value)
        for name, at in hidden:
            if not row[at]:
                del record[name]
        for name, at, inner in ones:
            record[name] = None if row[at] is None else inner(row, children)
        for name, at, empty in manys:
            record[name] = children[at].get(row[at]) or ([] if empty is None else [empty.copy()])
        for spread in spreads:
            record.update(spread(row, children))
        return record

    return build


def _spread_one(one: One, values: Values) -> Callable[[Row, Children], Record]:
    """What a to-one embed adds to the record itself."""
    at, build = one.shape.key_at[0], record_builder(one.shape, values)
    nothing: Record = dict.fromkeys(one.shape.names())
    return lambda row, children: nothing if row[at] is None else build(row, children)


def _spread_many(many: Many) -> Callable[[Row, Children], Record]:
    """What a to-many embed adds to the record itself: for each of its columns the list of values; null where one is hidden."""
    names, empty = tuple(shape_of(many.statement).names()), shape_of(many.statement).empty
    nothing = [] if empty is None else [empty]

    def spread(row: Row, children: Children) -> Record:
        found = children[many.at].get(row[many.at], nothing)
        return {name: [record.get(name) for record in found] for name in names}

    return spread


def _file_address(shape: Shape, column: ShownColumn) -> Callable[[Row], Record | None]:
    start = f"{FILES}/{quote(shape.entity.name)}/"

    def describe(row: Row) -> Record | None:
        if row[column.at] is None:
            return None
        file = StoredFile.from_text(row[column.at])
        key = ",".join(quote(str(row[at]), safe="") for at in shape.key_at)
        address = f"{start}{key}/{quote(column.field.name)}/{file.hash}/{quote(file.name, safe='')}"
        described: Record = {"url": address, "name": file.name, "size": file.size, "type": file.type}
        if file.width is not None:
            described |= {"width": file.width, "height": file.height}
        return described

    return describe


def key_parts(key: Any) -> tuple[Any, ...]:
    """The parts of a key, which stands for itself where it has one and is a tuple where it has several."""
    return key if _is_tuple(key) else (key,)


def _is_tuple(key: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(key, tuple)
