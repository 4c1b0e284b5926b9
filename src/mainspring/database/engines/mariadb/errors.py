"""MariaDB's errors as refusals. They are told by number; what is named in their texts is read where it stands in quotes."""

import re

import pymysql

from mainspring.errors import BadRequest, Conflict, Fault, Forbidden, RequestError, StorageFull, Unavailable

DUPLICATE = 1062
"""The number of the error that a unique value is taken."""

CONFLICTS = {1020, 1205, 1213}
"""A record changed meanwhile, a lock that was not given in time, a deadlock."""

TOO_MUCH = {1139, 4040}
"""A pattern was not matched to its end, or JSON is too deep to be read."""

_RETRY = (("Retry-After", "1"),)
_MISSING = {1048, 1364}
_LINKS = {1216, 1217, 1451, 1452}
_TOO_SLOW = {1317, 1969, 3024}
_FULL = {3, 1021, 1114}
_UNFIT = {1264: "22003", 1690: "22003", 1406: "22001", 1366: "22P02", 1265: "22P02", 1292: "22P02", 1525: "22P02", 1441: "22P02"}
_SIGNAL = 1644
_DENIED = {1044, 1142, 1143, 1227, 1370}
_TOO_COMPLEX = {1116, 1117, 1119, 1153, 1436, 1473}
_NAMED = re.compile(r"[`'](.*?)[`']")


class Duplicate(pymysql.err.IntegrityError):
    """A unique value is taken.

    Args:
        error: The driver's error.
        columns: The columns that hold it.
    """

    def __init__(self, error: pymysql.err.Error, columns: list[str]) -> None:
        super().__init__(*error.args)
        self.columns = columns


def translate(error: Exception) -> RequestError:
    """The refusal that a driver's error means."""
    number = number_of(error)
    if number == DUPLICATE:
        return _duplicate(error.columns if isinstance(error, Duplicate) else [])
    if number in _LINKS:
        return Conflict("a link leads to no record, or another record still needs this one", code="23503")
    if number in _MISSING:
        column = _named(error)
        return BadRequest(f"'{column}' is needed", code="23502", faults=[Fault(f"/{column}", "23502", "needed")])
    if number == 4025:
        return BadRequest("the record breaks a check of its model", code="23514", details=_named(error))
    if number in _TOO_SLOW:
        hint = "filter on an indexed column, or ask for fewer rows"
        return BadRequest("the question takes too long", code="57014", hint=hint)
    if number in CONFLICTS:
        return Unavailable("others change the same records all the time; nothing was stored", code="40001", headers=_RETRY)
    if number in _FULL:
        return StorageFull("the disk is full; nothing was stored")
    if number in _UNFIT:
        return BadRequest("a value does not fit its column", code=_UNFIT[number])
    if number == _SIGNAL:  # which a trigger of the database's author raised
        return BadRequest(str(error.args[1]), code="P0001")
    if number in _DENIED:
        return Forbidden("the database does not let the server do this", code="42501")
    if number in TOO_MUCH:
        return BadRequest("comparing one of the values is too much work", code="54000", hint="ask for a part of it, or simpler")
    if number in _TOO_COMPLEX:
        return BadRequest("the question is too complex", code="54000")
    if _is_out_of_order(error, number):
        return Unavailable("the database cannot answer now", headers=_RETRY)
    return RequestError("the database failed in a way that is not the caller's fault; the server's log says how")


def number_of(error: Exception) -> int:
    """The number of a driver's error; 0 where it has none."""
    number = error.args[0] if error.args else 0
    return number if isinstance(number, int) else 0


def unusable() -> Unavailable:
    """The refusal that an error at the opening means. The driver's words name host and user: they are for the operator."""
    return Unavailable("the database cannot be reached", headers=_RETRY)


LOST = {1053, 1077, 1079, 1080, 1927, 2006, 2013, 2014, 2055, 4031}
"""The server goes down, or the connection is gone."""

_BUSY = {1037, 1038, 1040, 1041, 1203, 1226, 1290, 1836, 2002, 2003, 3168}


def _is_out_of_order(error: Exception, number: int) -> bool:
    return number in LOST | _BUSY or isinstance(error, pymysql.err.InterfaceError)


def _named(error: Exception) -> str:
    found = _NAMED.search(str(error.args[1])) if len(error.args) > 1 else None
    return found[1].rpartition(".")[2] if found else ""


def _duplicate(columns: list[str]) -> Conflict:
    return Conflict(
        f"another record has the same {' and '.join(columns)}" if columns else "another record has the same value",
        faults=[Fault(f"/{each}", "23505", "another record has this value") for each in columns],
    )
