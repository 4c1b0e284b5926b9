"""The functions of a `select`, what may stand beside aggregates, and how groups are ordered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from mainspring.errors import BadRequest
from mainspring.model.entity import Cardinality, Entity, Field
from mainspring.model.kinds import Integer
from mainspring.query.arguments import check_argument
from mainspring.query.ask import Function, Order
from mainspring.query.casts import CANNOT_CAST, check_cast
from mainspring.query.functions import AGGREGATES, COUNT, ORDERABLE, check_function, check_groups, result_of, shown_field
from mainspring.query.names import Names
from mainspring.query.plan import Plan, PlannedAggregate, PlannedColumn, PlannedEmbed

GROUPING = "42803"

Shown = PlannedColumn | PlannedAggregate
Embeds = Mapping[str, PlannedEmbed]


def planned_function(item: Function, field: Field | None) -> Shown:
    """An aggregate or a bucket of time whose field is looked up.

    Raises:
        BadRequest: The field's kind has no such function.
    """
    if item.field is None or field is None:
        if item.name != COUNT:
            raise BadRequest(f"'{item.name[:40]}()' is asked of a field", code=GROUPING, hint=f"write 'field.{item.name[:40]}()'")
        check_cast(item.shown, Integer(), item.cast)
        return PlannedAggregate(item.shown, COUNT, None, cast=item.cast)
    if item.taken is not None and item.name not in AGGREGATES:
        message = f"only aggregates take values as another type, and '{item.name[:40]}()' is none"
        raise BadRequest(message, code=CANNOT_CAST, hint=f"write '{item.field}.{item.name[:40]}()::{item.taken[:40]}'")
    values = check_argument(field, item.taken)
    check_function(values, item.name)
    check_cast(item.shown, result_of(values, item.name).kind, item.cast)
    if item.name in AGGREGATES:
        return PlannedAggregate(item.shown, item.name, item.field, item.path, item.cast, item.taken)
    return PlannedColumn(item.shown, item.field, item.path, item.name, item.cast)


def is_grouped(entity: Entity, columns: Iterable[Shown], embeds: Embeds) -> bool:
    """Whether a level takes records together: it shows aggregates, or one record that is spread into it does."""
    if any(isinstance(column, PlannedAggregate) for column in columns):
        return True
    spread = (each for each in embeds.values() if each.form == "spread")
    return any(each.plan.grouped for each in spread if entity.embeddable[each.relation].cardinality is Cardinality.one)


def check_embedded(embed: PlannedEmbed, cardinality: Cardinality) -> None:
    """Refuse what aggregates in an embed cannot mean.

    Raises:
        BadRequest: They are of one record alone.
    """
    if embed.plan.grouped and cardinality is Cardinality.one and embed.form == "object":
        raise BadRequest(
            f"'{embed.name}' leads to one record, of which there are no aggregates",
            code=GROUPING,
            hint=f"write '...{embed.name}(…)' to have them of all the records that are shown",
        )


def check_grouped(names: Names, entity: Entity, plan: Plan) -> None:
    """Refuse what cannot stand beside aggregates, in a level and in the records that belong to its group.

    Raises:
        BadRequest: A field whose values make no groups, or records that only one record, but no group, has.
    """
    for column in plan.columns:
        if isinstance(column, PlannedColumn):
            check_groups(shown_field(column, entity.readable[column.column]), column.cast)
    for embed in plan.embeds:
        relation = entity.embeddable[embed.relation]
        if embed.form != "unshown":
            if relation.cardinality is not Cardinality.one:
                raise BadRequest(
                    f"'{embed.name}' leads to many records, by which no groups can be made",
                    code=GROUPING,
                    hint=f"beside aggregates leave it out, or write '{embed.name}()' for conditions alone",
                )
            check_grouped(names, names.target(relation), embed.plan)


def ordered_groups(order: Iterable[Order], columns: Iterable[Shown], embeds: Embeds) -> Iterator[Order]:
    """The order of groups, by the names of what they show.

    Raises:
        BadRequest: Something is named that they do not show, or an aggregate by which nothing can be ordered.
    """
    own = [*columns, *_spread(embeds.values())]
    for each in order:
        embed = None if each.embed is None else embeds.get(each.embed)
        shown = own if each.embed is None else [] if embed is None else [*embed.plan.columns, *_spread(embed.plan.embeds)]
        found = _find(each, shown)
        if found is None:
            names = ", ".join(column.shown for column in own)
            raise BadRequest(
                f"groups cannot be ordered by '{each.field[:60]}', which they do not show",
                code=GROUPING,
                hint=f"they show: {names}",
            )
        if isinstance(found, PlannedAggregate) and found.function not in ORDERABLE:
            raise BadRequest(
                f"groups cannot be ordered by '{found.function}()'",
                code=GROUPING,
                hint=f"they can be by: {', '.join(f'{name}()' for name in ORDERABLE)}",
            )
        yield replace(each, field=found.shown, path=None, embed=None if embed is None or embed.form == "spread" else each.embed)


def refuse_groups(plan: Plan) -> None:
    """Refuse aggregates where records are to be changed and shown one by one.

    Raises:
        BadRequest: The plan has some.
    """
    if plan.grouped:
        raise BadRequest(
            "a change shows the records that it made or changed, no aggregates of them",
            code=GROUPING,
            hint="read them after the change",
        )


def written(column: Shown) -> str:
    """A column or a function of it as `select` names it."""
    function = column.function if isinstance(column, PlannedAggregate) else column.bucket
    taken = f"::{column.taken}" if isinstance(column, PlannedAggregate) and column.taken else ""
    field = None if column.column is None else f"{column.column}{column.path or ''}{taken}"
    return ".".join(part for part in (field, function and f"{function}()") if part)


def _spread(embeds: Iterable[PlannedEmbed]) -> Iterator[Shown]:
    """What is spread into a group."""
    for embed in embeds:
        if embed.form == "spread":
            yield from embed.plan.columns
            yield from _spread(embed.plan.embeds)


def _find(order: Order, shown: list[Shown]) -> Shown | None:
    """What is shown under a name, or the column of that name under another one."""
    by_name = (each for each in shown if each.shown == order.field and order.path is None)
    columns = (each for each in shown if isinstance(each, PlannedColumn) and each.bucket is None)
    by_column = (each for each in columns if (each.column, each.path) == (order.field, order.path))
    return next(by_name, None) or next(by_column, None)
