"""PostgreSQL's errors as refusals. They are told by SQLSTATE; their texts may be in any language, and hold values."""

import re

import psycopg

from mainspring.errors import BadRequest, Conflict, Fault, Forbidden, NotAllowed, RequestError, StorageFull, Unavailable

_COLUMNS = re.compile(r"\((.*?)\)=\(")
_LOST = ("08", "57P", "53")
_RETRY = (("Retry-After", "1"),)


def translate(error: Exception) -> RequestError:
    """The refusal that a driver's error means."""
    state, diagnostics = _state(error), error.diag if isinstance(error, psycopg.Error) else None
    column = (diagnostics and diagnostics.column_name) or ""
    match state:
        case "23505" | "23P01":
            return _duplicate((diagnostics and diagnostics.message_detail) or "")
        case "23503" | "23001":
            return Conflict("a link leads to no record, or another record still needs this one", code="23503")
        case "23502":
            return BadRequest(f"'{column}' is needed", code="23502", faults=[Fault(f"/{column}", "23502", "needed")])
        case "23514":
            broken = diagnostics.constraint_name if diagnostics else None
            return BadRequest("the record breaks a check of its model", code="23514", details=broken)
        case "57014":
            hint = "filter on an indexed column, or ask for fewer rows"
            return BadRequest("the question takes too long", code="57014", hint=hint)
        case "40001" | "40P01":
            return Unavailable("others change the same records all the time; nothing was stored", code="40001", headers=_RETRY)
        case "53100":
            return StorageFull("the disk is full; nothing was stored")
        case "428C9":
            return BadRequest("the database writes this itself, and takes no value", code="428C9")
        case "P0001":  # which a trigger of the database's author raised
            return _raised(diagnostics)
        case "42501":
            return Forbidden("the database does not let the server do this", code="42501")
        case "25006":
            return NotAllowed("the database can only be read", code="25006")
        case "22001" | "22003" | "22P02" | "22P05" | "22021" | "22007" | "22008" | "22012":
            return BadRequest("a value does not fit its column", code=state)
        case "2201B":
            return BadRequest("the regular expression is too complex", code=state)
        case "54000" | "54001" | "54011" | "54023":
            return BadRequest("the question is too complex", code="54000")
        case _ if state.startswith(_LOST) or state == "55P03":
            return Unavailable("the database cannot answer now", headers=_RETRY)
        case _:
            return RequestError("the database failed in a way that is not the caller's fault; the server's log says how")


def _raised(diagnostics: psycopg.errors.Diagnostic | None) -> BadRequest:
    if diagnostics is None:
        return BadRequest("the database refuses this", code="P0001")
    message = diagnostics.message_primary or "the database refuses this"
    return BadRequest(message, code="P0001", details=diagnostics.message_detail, hint=diagnostics.message_hint)


def conflicted(error: Exception) -> bool:
    """Whether a transaction failed only because of what others did meanwhile."""
    return _state(error) in {"40001", "40P01"}


def unusable() -> Unavailable:
    """The refusal that an error at the opening means. The driver's words name host and user: they are for the operator."""
    return Unavailable("the database cannot be reached", headers=_RETRY)


def _state(error: Exception) -> str:
    """The SQLSTATE; where the driver itself refuses, the one that fits."""
    if not isinstance(error, psycopg.Error):
        return "XX000"
    if error.sqlstate is not None:
        return error.sqlstate
    if isinstance(error, psycopg.DataError):
        return "22P02"
    return _LOST[0] if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)) else "XX000"


def _duplicate(detail: str) -> Conflict:
    """The detail begins with the columns: `Key (shelf_id, title)=(1, Sea) …`."""
    found = _COLUMNS.search(detail)
    columns = [each.strip().strip('"') for each in found[1].split(",")] if found else []
    return Conflict(
        f"another record has the same {' and '.join(columns)}" if columns else "another record has the same value",
        faults=[Fault(f"/{each}", "23505", "another record has this value") for each in columns],
    )
