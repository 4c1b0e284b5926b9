"""`Adopted`: the class from which the models of a database derive that was there before."""

from typing import ClassVar

from sqlalchemy import MetaData

from mainspring.model.model import Model


class Adopted(Model):
    """A kind of record whose table was there before, and is none of ours to change.

    Its fields are the table's columns and nothing else: a key where `field(key=True)` says so, and no stamps. The table's name is
    `__tablename__`, a column's is that of its field or `field(column="Name with space")`; on the wire they are the same. Without
    a key its records can only be read. No migration knows it.
    """

    __abstract__ = True

    metadata = MetaData()
    adopted: ClassVar[bool] = True
