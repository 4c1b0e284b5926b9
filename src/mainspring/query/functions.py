"""The functions of `select`: aggregates of the values of many records, and the bucket of time that a day or moment is in."""

from dataclasses import replace

from mainspring.errors import BadRequest
from mainspring.model.entity import Field
from mainspring.model.kinds import ORDER, Boolean, Date, DateTime, Decimal, Float, Integer, Json, Kind, Uuid
from mainspring.query.names import part_of
from mainspring.query.plan import PlannedColumn

COUNT = "count"
NUMERIC = ("sum", "avg", "median", "p90", "stddev", "variance")
EXTREMES = ("min", "max")
AGGREGATES = frozenset({COUNT, *NUMERIC, *EXTREMES})
ORDERABLE = (COUNT, "sum", *EXTREMES)
"""The aggregates by which groups can be ordered: those that the database itself comes to."""
BUCKETS = ("year", "quarter", "month", "week", "day", "hour")

_UNKNOWN_FUNCTION = "42883"


def check_function(field: Field, function: str) -> None:
    """Refuse a function that the values of a field do not have.

    Raises:
        BadRequest: It is not among those of the field's kind, which the refusal names.
    """
    taken = _functions_of(field.kind)
    if function not in taken:
        raise BadRequest(
            f"'{function[:40]}()' cannot be asked of '{field.name}', which is {field.kind.name}",
            code=_UNKNOWN_FUNCTION,
            hint=f"functions for it are: {', '.join(f'{name}()' for name in taken)}",
        )


def check_groups(field: Field, cast: str | None) -> None:
    """Refuse a field whose values are not equal to each other in a way that groups could be made of, or that a cast makes equal.

    Raises:
        BadRequest: It is such a field.
    """
    if not _is_ordered(field.kind) and not isinstance(field.kind, Boolean):
        raise BadRequest(
            f"no groups can be made by '{field.name}', which is {field.kind.name}",
            code=_UNKNOWN_FUNCTION,
            hint="beside an aggregate, 'select' names fields to group by; leave this one out",
        )
    if cast not in {None, "text"}:
        raise BadRequest(
            f"no groups can be made by '{field.name}' as {cast}",
            code=_UNKNOWN_FUNCTION,
            hint="groups are made by whole fields, by text, or by the bucket of time that a day or moment is in, such as 'day()'",
        )


def shown_field(column: PlannedColumn, field: Field) -> Field:
    """What is shown of a column, as a field."""
    part = part_of(field, column.path)
    return part if column.bucket is None else result_of(part, column.bucket)


def result_of(field: Field, function: str) -> Field:
    """What a function of a field gives, as a field."""
    if function in EXTREMES:
        return field
    kind = _result_kind(field.kind, function)
    return replace(field, kind=kind, stored=kind.stored, nullable=function != COUNT)


def _functions_of(kind: Kind) -> tuple[str, ...]:
    if isinstance(kind, (Integer, Float, Decimal)):
        return COUNT, *NUMERIC, *EXTREMES
    if isinstance(kind, DateTime):
        return COUNT, *EXTREMES, *BUCKETS
    if isinstance(kind, Date):
        return COUNT, *EXTREMES, *BUCKETS[:-1]
    return (COUNT, *EXTREMES) if _is_ordered(kind) and not isinstance(kind, Uuid) else (COUNT,)


def _is_ordered(kind: Kind) -> bool:
    return kind.operators >= ORDER and not isinstance(kind, Json)


def _result_kind(kind: Kind, function: str) -> Kind:
    if function in BUCKETS:
        return DateTime() if function == "hour" else Date()
    if function == COUNT:
        return Integer()
    if function == "sum":
        return Decimal(places=kind.places) if isinstance(kind, Decimal) else type(kind)()
    return Float()
