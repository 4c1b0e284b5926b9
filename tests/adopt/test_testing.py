"""The tests that an owner of adopted models writes: they run on a stand-in, and never reach the database."""

import hashlib
import subprocess
import sys

from tests.adopt.conftest import Adopt

SQL = """
    CREATE TABLE Customer (
      CustomerId INTEGER PRIMARY KEY, "Full name" TEXT NOT NULL, OwnerId TEXT, Since DATE NOT NULL DEFAULT '2020-01-01'
    );
    CREATE TABLE Purchase (
      Number INTEGER, Line INTEGER, Customer INTEGER NOT NULL REFERENCES Customer, Total NUMERIC(10, 2) NOT NULL,
      PRIMARY KEY (Number, Line)
    );
    INSERT INTO Customer VALUES (1, 'Real', NULL, '2020-01-01');
"""
TESTS = """
import pytest
from mainspring.errors import Conflict, NotFound
from mainspring.query.ask import Condition
from mainspring.testing import TestApp
from models import Customer, Purchase


def test_rules(app: TestApp) -> None:
    ann, bob, administrator = app.user("ann"), app.user("bob"), app.administrator
    assert administrator.list(Customer) == []
    mine = administrator.create(Customer, full_name="Ann", owner_id=str(ann.id))
    assert (mine.customer_id, mine.full_name) == (1, "Ann")
    assert mine.since is not None
    assert ann.read(Customer, 1).full_name == "Ann"
    with pytest.raises(NotFound):
        bob.read(Customer, 1)
    assert ann.http.get("/rest/v1/Customer").json()[0]["Full name"] == "Ann"
    assert bob.http.get("/rest/v1/Customer").json() == []


def test_the_door(app: TestApp) -> None:
    administrator = app.administrator
    ann = administrator.create(Customer, full_name="Ann")
    made = administrator.create(Purchase, number=7, line=1, customer=ann, total="1.50")
    assert (made.customer, str(made.total)) == (ann.customer_id, "1.50")
    assert administrator.update(Purchase, (7, 1), total=2).total == 2
    assert len(administrator.list(Purchase, Condition("Total", "gt", 1), customer=ann)) == 1
    assert administrator.list(Customer, full_name="Bob") == []
    with pytest.raises(Conflict):
        administrator.delete(Customer, ann.customer_id)
    administrator.delete(Purchase, (7, 1))
    administrator.delete(Customer, ann.customer_id)
    assert administrator.list(Customer) == []
"""


def test_adopted_models_have_tests(adopted: Adopt):
    made = adopted(SQL)
    made.write_models("import Adopted, ", "import Access, Adopted, is_me, ")
    made.write_models("    since: Mapped", "    access = Access(read=is_me(owner_id))\n\n    since: Mapped")
    made.project.write(TESTS, "test_rules.py")
    made.project.write('pytest_plugins = ["mainspring.testing"]\n', "conftest.py")
    before = hashlib.sha256(made.database.read_bytes()).digest()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=made.project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert hashlib.sha256(made.database.read_bytes()).digest() == before
