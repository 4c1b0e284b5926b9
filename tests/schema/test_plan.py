"""The plan tells what would happen to the data, and nothing is lost without consent."""

import pytest

BEFORE = """
class Dish(Model):
    name: Mapped[str] = field(max_length=50)
    note: Mapped[str | None] = field()
    weight: Mapped[str | None] = field()
"""


@pytest.fixture
def kitchen(project):
    project.models(BEFORE)
    project.made()
    project.insert("dishes", name="Soup of the day", note="hot", weight="12")
    project.insert("dishes", name="Pie", note=None, weight="heavy")
    return project


def step(kitchen, after: str) -> dict:
    kitchen.models(after)
    made, plan = kitchen.migrate("make", "plan --json")
    assert made.code == 0, made.errors
    return {"code": plan.code} | next(each for each in plan.json["steps"] if each["loss"] or each["problem"])


def test_a_dropped_column_counts_its_values(kitchen):
    found = step(kitchen, BEFORE.replace("    note: Mapped[str | None] = field()\n", ""))
    assert (found["code"], found["rows"], found["lost"]) == (4, 2, 1)
    before = kitchen.sql("SELECT * FROM dishes")
    assert kitchen.fails("up").code == 4
    assert kitchen.sql("SELECT * FROM dishes") == before
    kitchen.done("up --allow-loss")
    assert [row[0] for row in kitchen.sql("SELECT name FROM pragma_table_info('dishes')")][:3] == ["id", "name", "weight"]


def test_a_dropped_table_counts_its_rows(kitchen):
    found = step(kitchen, "")
    assert (found["code"], found["words"], found["lost"]) == (4, "drop the table dishes", 2)
    kitchen.done("up --allow-loss")
    kitchen.done("status")


def test_shortened_text_counts_what_is_too_long_and_cuts_it(kitchen):
    found = step(kitchen, BEFORE.replace("max_length=50", "max_length=4"))
    assert (found["code"], found["lost"], found["loss"]) == (4, 1, "1 value would be cut to 4 characters")
    assert kitchen.fails("up").code == 4
    kitchen.done("up --allow-loss")
    assert kitchen.sql("SELECT name FROM dishes") == [("Soup",), ("Pie",)]


def test_a_new_type_counts_the_values_that_it_cannot_hold(kitchen):
    found = step(kitchen, BEFORE.replace("weight: Mapped[str", "weight: Mapped[int"))
    assert (found["code"], found["lost"]) == (4, 1)
    kitchen.sql("UPDATE dishes SET weight = '7' WHERE weight = 'heavy'")
    kitchen.done("plan", "up", "status")
    assert kitchen.sql("SELECT weight FROM dishes") == [(12,), (7,)]


def test_a_needed_value_without_a_default_stops_and_says_what_to_write(kitchen):
    found = step(kitchen, BEFORE.replace("note: Mapped[str | None]", "note: Mapped[str]"))
    assert found["code"] == 6
    assert "dishes.note" in found["problem"]
    assert kitchen.fails("up").code == 6
    name = "0002_change_dishes.py"
    kitchen.write(name, kitchen.read(name).replace("nullable=False)", 'nullable=False, fill="none")'))
    kitchen.done("up", "status")
    assert kitchen.sql("SELECT note FROM dishes") == [("hot",), ("none",)]


def test_a_new_field_without_a_default_is_no_problem_where_there_are_no_rows(kitchen):
    kitchen.sql("DELETE FROM dishes")
    kitchen.models(BEFORE + "    course: Mapped[str] = field()\n")
    kitchen.done("make", "plan", "up", "status")


def test_new_fields_are_filled_from_their_defaults(kitchen):
    kitchen.models(
        """
from enum import Enum
from mainspring.model.kinds import uuid7
from uuid import UUID

class Course(Enum):
    main = "main"
    dessert = "dessert"
"""
        + BEFORE
        + """
    price: Mapped[Decimal] = field(default=Decimal("1.50"))
    course: Mapped[Course] = field(default=Course.dessert)
    tags: Mapped[list[str]] = field(default=list)
    code: Mapped[UUID] = field(default=uuid7, unique=True)
    hidden: Mapped[bool] = field(default=False)
"""
    )
    kitchen.done("make", "up", "status")
    rows = kitchen.sql("SELECT price, course, tags, hidden, length(code) FROM dishes")
    assert rows == [(150, "dessert", "[]", 0, 36)] * 2
    assert kitchen.sql("SELECT count(DISTINCT code) FROM dishes") == [(2,)]
    assert "fill=op.model_default" in kitchen.read("0002_add_dishes_price.py")


def test_a_plan_counts_by_the_names_that_earlier_steps_give(kitchen):
    kitchen.models(BEFORE.replace("note: Mapped[str | None] = field()", 'remark: Mapped[str | None] = field(was="note")'))
    kitchen.done("make")
    kitchen.models(BEFORE.replace("    note: Mapped[str | None] = field()\n", ""))
    plan = kitchen.migrate("make --name gone", "plan --json")[1]
    assert [(each["migration"], each["words"], each["lost"]) for each in plan.json["steps"]] == [
        ("0002_rename_dishes_remark", "dishes: rename the column note to remark", 0),
        ("0003_gone", "dishes: drop the column remark", 1),
    ]


def test_a_plan_makes_no_database(project):
    project.models(BEFORE)
    project.done("make", "plan")
    assert not project.database.exists()


NUMBERS = "class Price(Model):\n    amount: Mapped[{}]{}\n"


@pytest.mark.parametrize(
    ("old", "new", "stored", "afterwards", "lost"),
    [
        ("Decimal, places=2", "Decimal, places=3", [1250, -1], [12500, -10], 0),
        ("Decimal, places=3", "Decimal, places=2", [12500, 12], [1250, 1], 1),
        ("int", "Decimal, places=2", [3, 2**60], [300, None], 1),
        ("Decimal, places=2", "int", [300, 350], [3, 3], 1),
        ("float", "Decimal, places=2", [1.1, 2.345], [110, None], 1),
        ("Decimal, places=2", "float", [110, 250], [1.1, 2.5], 0),
        ("str", "Decimal, places=2", ["1", "x"], [None, None], 2),
    ],
)
def test_numbers_keep_their_value_when_their_scale_changes(project, old, new, stored, afterwards, lost):
    def models(kind: str) -> str:
        name, _, options = kind.partition(", ")
        return NUMBERS.format(name, f" = field({options})")

    project.models(models(old))
    project.made()
    for value in stored:
        project.insert("prices", amount=value)
    project.models(models(new))
    _, plan, _, _ = project.migrate("make", "plan --json", "up --allow-loss", "status")
    assert [each["lost"] for each in plan.json["steps"]] == [lost]
    found = [value for (value,) in project.sql("SELECT amount FROM prices ORDER BY id")]
    assert [value for value, wanted in zip(found, afterwards, strict=True) if wanted not in (None, value)] == []
    project.done("status")
