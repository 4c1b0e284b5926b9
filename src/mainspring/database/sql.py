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
    names = tuple(compiled.positiontup or ())
    constants = {name: driver_constant(compiled, name, engine) for name in names if not compiled.binds[name].required}
    return Sql(compiled.string, names, constants)


def compile_statement(statement: CompilerElement, engine: Engine) -> SQLCompiler:
    """The statement in the engine's dialect."""
    compiled = statement.compile(dialect=engine.dialect, compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)
    return compiled


def driver_constant(compiled: SQLCompiler, name: str, engine: Engine) -> Any:
    """The driver value of a value that stands in the statement itself."""
    value = compiled.params[name]
    processor = compiled.binds[name].type.dialect_impl(engine.dialect).bind_processor(engine.dialect)
    return processor(value) if processor else value
