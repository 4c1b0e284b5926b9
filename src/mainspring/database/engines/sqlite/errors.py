"""SQLite's errors as refusals."""

from mainspring.errors import BadRequest, Conflict, Fault, NotAllowed, RequestError, StorageFull, Unavailable

_PASSING = ("database is locked", "database table is locked", "disk I/O error", "unable to open database file", "out of memory")


def translate(error: Exception) -> RequestError:
    """The refusal that a driver's error means."""
    text = str(error)
    what, _, named = text.partition(" constraint failed")
    columns = [each.rpartition(".")[2] for each in named.removeprefix(": ").split(", ")]
    if what == "UNIQUE":
        return Conflict(
            f"another record has the same {' and '.join(columns)}",
            faults=[Fault(f"/{each}", "23505", "another record has this value") for each in columns],
        )
    if what == "FOREIGN KEY":
        return Conflict("a link leads to no record, or another record still needs this one", code="23503")
    if what == "NOT NULL":
        return BadRequest(f"'{columns[0]}' is needed", code="23502", faults=[Fault(f"/{columns[0]}", "23502", "needed")])
    if what == "CHECK":
        return BadRequest("the record breaks a check of its model", code="23514", details=columns[0])
    if getattr(error, "sqlite_errorname", "") == "SQLITE_CONSTRAINT_TRIGGER":  # which a trigger of the database's author raised
        return BadRequest(text, code="P0001")
    if text == "attempt to write a readonly database":
        return NotAllowed("the database can only be read", code="25006")
    if text == "database or disk is full":
        return StorageFull("the disk is full; nothing was stored")
    if text == "interrupted":
        return BadRequest("the question takes too long", code="57014", hint="filter on an indexed column, or ask for fewer rows")
    if text == "user-defined function raised exception":  # which ours do for no other reason
        return BadRequest("comparing one of the values is too much work", code="54000", hint="ask for a part of it, or simpler")
    if text.startswith(_PASSING):
        return Unavailable("the database cannot answer now", headers=[("Retry-After", "1")])
    return RequestError("the database failed in a way that is not the caller's fault; the server's log says how")


def unusable(error: Exception) -> Unavailable:
    """The refusal that an error at the opening means."""
    return Unavailable("the database cannot be opened", details=str(error))
