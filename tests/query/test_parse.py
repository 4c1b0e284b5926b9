"""The grammar of questions: no text breaks it, and what is written by its rules is read as it was meant."""

from urllib.parse import quote

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mainspring.errors import BadRequest
from mainspring.query.ask import Ask, Column, Condition, Embed, Group, JsonPath, Order, Star
from mainspring.query.grammar import OPERATORS, QUANTIFIED
from mainspring.query.parse import Query, parse

# -- any text --------------------------------------------------------------------------------------------------------------------

WORDS = (
    *(
        "select=",
        "order=",
        "limit=",
        "offset=",
        "columns=",
        "or=",
        "and=",
        "not.or=",
        "title=",
        "&",
        "=",
        "(",
        ")",
        ",",
        ".",
        ":",
        "!",
        "...",
        "!inner",
        "a.order=",
        "a.b=",
        "{",
        "}",
        "(any)",
    ),
    *(
        "*",
        '"',
        "\\",
        "%",
        "%00",
        "%ff",
        "%22",
        " ",
        "+",
        "not.",
        "eq.",
        "in.",
        "is.",
        "null",
        "desc",
        "nullsfirst",
        "a",
        "1",
        "é",
    ),
)
noise = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=25).map("".join))


@given(noise)
@settings(max_examples=2_000, deadline=None)
@example("or=" + "(" * 500)
@example("select=" + "a(" * 500)
@example("or=" + "or(" * 10_000)
@example("=")
@example("id=in.(" + "1," * 10_000 + "1)")
def test_any_text_is_read_or_refused(text: str):
    refusal = None
    try:
        assert isinstance(parse(text), Query)
    except BadRequest as refused:
        refusal = refused
    assert refusal is None or (refusal.code in {"PGRST100", "PGRST108", "54001"} and len(refusal.message) < 500)


# -- what is meant ---------------------------------------------------------------------------------------------------------------

anything = st.text(max_size=12)
names = st.one_of(st.sampled_from(["id", "title", "created_at"]), st.text(min_size=1, max_size=8))
scalar_operators = st.sampled_from([word for word in OPERATORS if word != "in"])
steps = st.one_of(anything, st.integers(-999_999_999, 999_999_999))
paths = st.one_of(st.none(), st.builds(JsonPath, st.lists(steps, min_size=1, max_size=3).map(tuple), st.booleans()))
conditions = st.one_of(
    st.builds(Condition, names, scalar_operators, anything, st.booleans(), path=paths),
    st.builds(Condition, names, st.just("in"), st.lists(anything, max_size=4).map(tuple), st.booleans(), path=paths),
    st.builds(
        Condition,
        names,
        st.sampled_from(sorted(QUANTIFIED)),
        st.lists(anything, max_size=4).map(tuple),
        st.booleans(),
        st.sampled_from(["any", "all"]),
        paths,
    ),
)
parts = st.recursive(
    conditions,
    lambda inner: st.builds(
        Group, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3).map(tuple), st.booleans()
    ),
    max_leaves=8,
)
aliases = st.one_of(st.none(), names)
hints = st.one_of(st.none(), names.filter(lambda name: name not in {"inner", "left"}))
shown = st.recursive(
    st.one_of(st.just(Star()), st.builds(Column, names, aliases, paths)),
    lambda inner: st.one_of(
        st.builds(Embed, names, aliases, st.lists(inner, max_size=3).map(tuple), hints, st.booleans()),
        st.builds(Embed, names, st.none(), st.lists(inner, max_size=3).map(tuple), hints, st.booleans(), st.just(True)),
    ),
    max_leaves=8,
)
nulls = st.sampled_from([None, "first", "last"])
orders = st.builds(Order, names, st.booleans(), nulls, st.one_of(st.none(), names), paths)
asks = st.builds(
    Ask,
    st.lists(shown, min_size=1, max_size=4).map(tuple),
    st.lists(parts, max_size=4).map(tuple),
    st.lists(orders, max_size=3).map(tuple),
    st.one_of(st.none(), st.integers(0, 10**18 - 1)),
    st.integers(0, 10**18 - 1),
)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_path(path: JsonPath | None) -> str:
    if path is None:
        return ""
    arrows = ["->"] * (len(path.steps) - 1) + ["->>" if path.text else "->"]
    return "".join(
        f"{arrow}{step if isinstance(step, int) else quoted(step)}" for arrow, step in zip(arrows, path.steps, strict=True)
    )


def write_select(item: Star | Column | Embed) -> str:
    if isinstance(item, Star):
        return "*"
    named = quoted(item.name) if item.alias is None else f"{quoted(item.alias)}:{quoted(item.name)}"
    if isinstance(item, Column):
        return named + write_path(item.path)
    modifiers = (f"!{quoted(item.hint)}" if item.hint is not None else "") + ("!inner" if item.inner else "")
    return f"{'...' if item.spread else ''}{named}{modifiers}({','.join(map(write_select, item.select))})"


def write_value(condition: Condition) -> str:
    if not isinstance(condition.value, tuple):
        return quoted(condition.value)
    inside = ",".join(map(quoted, condition.value))
    return f"({inside})" if condition.operator == "in" else f"{{{inside}}}"


def write_operator(condition: Condition) -> str:
    modifier = f"({condition.quantifier})" if condition.quantifier else ""
    return f"{'not.' if condition.negated else ''}{condition.operator}{modifier}"


def write_part(part: Condition | Group) -> str:
    negation = "not." if part.negated else ""
    if isinstance(part, Group):
        return f"{negation}{part.word}({','.join(map(write_part, part.parts))})"
    return f"{quoted(part.field)}{write_path(part.path)}.{write_operator(part)}.{write_value(part)}"


def write_parameter(part: Condition | Group) -> tuple[str, str]:
    negation = "not." if part.negated else ""
    if isinstance(part, Group):
        return f"{negation}{part.word}", f"({','.join(map(write_part, part.parts))})"
    value = write_value(part) if isinstance(part.value, tuple) else part.value
    return quoted(part.field) + write_path(part.path), f"{write_operator(part)}.{value}"


def write_order(order: Order) -> str:
    named = quoted(order.field) + write_path(order.path)
    named = named if order.embed is None else f"{quoted(order.embed)}({named})"
    return f"{named}{'.desc' if order.descending else ''}{f'.nulls{order.nulls}' if order.nulls else ''}"


def write(ask: Ask) -> str:
    pairs = [("select", ",".join(map(write_select, ask.select))), *map(write_parameter, ask.where)]
    pairs += [("order", ",".join(map(write_order, ask.order)))] if ask.order else []
    pairs += [("limit", str(ask.limit))] if ask.limit is not None else []
    pairs += [("offset", str(ask.offset))]
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


@given(asks)
@settings(max_examples=1_000, deadline=None)
def test_what_is_written_is_read_as_it_was_meant(ask: Ask):
    assert parse(write(ask)).ask == ask


@given(st.lists(names, min_size=1, max_size=5))
@settings(deadline=None)
def test_columns_are_read_as_they_were_meant(columns: list[str]):
    assert parse(f"columns={quote(','.join(map(quoted, columns)))}").columns == tuple(columns)
