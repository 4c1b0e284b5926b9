"""SQLAlchemy statements as SQL text that runs on the driver's own cursor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import CompilerElement

from mainspring.database.engine import Connection, Cursor, Engine


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL text and the names of the values that fill its places, in order.

    Attributes:
        text: The text.
        names: The names of its places.
        constants: Driver values that stand in the statement itself, by name.
    """

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]

    def run(self, connection: Connection, **values: Any) -> Cursor:
        """Execute it with these driver values."""
        return connection.execute(self.text, [values[name] if name in values else self.constants[name] for name in self.names])


def prepare(statement: CompilerElement, engine: Engine) -> Sql:
    """The text of a statement. Each `bindparam(name)` without a value is a place to be filled."""
    compiled = compile_statement(statement, engine)
    constants = {name: compiled.driver_constant(name) for name in compiled.names if name in compiled.constants}
    return Sql(compiled.text, compiled.names, constants)


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A statement in an engine's dialect.

    Attributes:
        text: Its text.
        names: The names of its places, in order.
        constants: Python values that stand in the statement itself, by name; the other places are to be filled.
        processors: What makes driver values of some of them, by name.
    """

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    processors: Mapping[str, Any]

    def driver_constant(self, name: str) -> Any:
        """The driver value of a value that stands in the statement itself."""
        processor = self.processors.get(name)
        return processor(self.constants[name]) if processor else self.constants[name]


def compile_statement(statement: CompilerElement, engine: Engine) -> Compiled:
    """The statement in the engine's dialect, with a place for each item of its lists, such as those of `in_`."""
    compiled = statement.compile(dialect=engine.dialect)
    assert isinstance(compiled, SQLCompiler)
    places = {name for name, bind in compiled.binds.items() if bind.required}
    expanded = compiled.construct_expanded_state(dict.fromkeys(places))
    names = tuple(expanded.positiontup or ())
    constants = {name: expanded.parameters[name] for name in names if name not in places}
    types = {name: bind.type.dialect_impl(engine.dialect) for name, bind in compiled.binds.items()}
    processors = {name: each.bind_processor(engine.dialect) for name, each in types.items()} | dict(expanded.processors)
    return Compiled(expanded.statement, names, constants, processors)
