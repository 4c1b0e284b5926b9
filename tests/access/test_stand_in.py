"""What is kept of a rule's SQL serves every caller: no rule may decide in Python by who just happens to ask first."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, String, Table, Uuid, func, literal, select
from sqlalchemy.dialects import sqlite

from mainspring.access.stand_in import StandIn
from mainspring.errors import DeclarationError

BOSS, OTHER = UUID(int=1), UUID(int=2)
PEOPLE = Table("people", MetaData(), Column("id", Uuid()), Column("name", String()))
LOOKS: dict[str, Callable[[UUID], object]] = {
    "equal": lambda who: who == BOSS,
    "unequal": lambda who: who != BOSS,
    "in a set": lambda who: who in {BOSS, OTHER},
    "in a list": lambda who: who in [BOSS, OTHER],
    "as a key": {BOSS: 1}.get,
}
USES: dict[str, Callable[[UUID], object]] = {
    "equal": lambda who: PEOPLE.c.id == who,
    "turned": lambda who: who == PEOPLE.c.id,
    "unequal": lambda who: PEOPLE.c.id != who,
    "literal": lambda who: literal(who) == PEOPLE.c.id,
    "argument": lambda who: func.coalesce(PEOPLE.c.id, who).is_not(None),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_it_cannot_be_looked_at(look: Callable[[UUID], object]):
    with pytest.raises(DeclarationError, match="as a value in the condition"):
        look(StandIn())


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_it_can_be_a_value_wherever_an_id_can(use: Callable[[UUID], object]):
    who = StandIn()
    compiled = select(PEOPLE).where(use(who)).compile(dialect=sqlite.dialect())
    assert any(value is who for value in compiled.params.values())
