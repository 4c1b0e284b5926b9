"""What is to be changed, and what the answer to it says: for a request of its own, and for each of several in one."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from mainspring.change.changer import Answer, Changer, Work, Written
from mainspring.change.parse import Body, choose_columns
from mainspring.change.precondition import Precondition
from mainspring.change.upsert import Conflict
from mainspring.context import Who
from mainspring.database.engine import Connection
from mainspring.errors import BadRequest, NotAcceptable, NotAllowed
from mainspring.model.entity import Entity, Field
from mainspring.model.kinds import Refused
from mainspring.query.ask import Ask, Condition, Select
from mainspring.query.parse import Query
from mainspring.query.record import key_parts
from mainspring.rest.http.conditional import entity_tag
from mainspring.rest.http.formats import Format, encoded
from mainspring.rest.http.preferences import Preferences
from mainspring.settings import Settings


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that somebody wants.

    Attributes:
        method: `POST`, `PUT`, `PATCH` or `DELETE`.
        prefix: The address of the room.
        entity: The table.
        who: Who asks.
        query: The query string, taken apart.
        preferences: What is preferred.
        format: The format of the answer.
        precondition: How the one record must be that the query names by its key; None where that does not matter.
    """

    method: str
    prefix: str
    entity: Entity
    who: Who
    query: Query
    preferences: Preferences
    format: Format
    precondition: Precondition | None = None

    @property
    def select(self) -> Select | None:
        """What to show of the records; None for nothing."""
        return self.query.ask.select if self.preferences.shown == "representation" else None


class Writing:
    """Makes changes of wishes, and answers of what they did.

    Args:
        changer: The road of changes.
        settings: The limits.
    """

    def __init__(self, changer: Changer, settings: Settings) -> None:
        self._changer = changer
        self._settings = settings

    def admit(self, method: str, entity: Entity, who: Who) -> None:
        """Refuse what no question could make right, before it is read: a new record where the rules refuse every one.

        Raises:
            RequestError: They do.
        """
        _check_has_key(entity)
        if method in {"POST", "PUT"}:
            self._changer.require(entity, who, "create", *(("update",) if method == "PUT" else ()))

    def check(self, wish: Wish) -> None:
        """Refuse what no body could make right, before it is read.

        Raises:
            RequestError: The question does not fit the method, or the rules refuse every row.
        """
        _check_has_key(wish.entity)
        match wish.method:
            case "POST":
                _check_insert(wish)
                if wish.preferences.resolution:
                    self._changer.require(wish.entity, wish.who, "update")
            case "PUT":
                _check_replacement(wish)
            case _:
                self._check_filtered(wish)
        if wish.precondition is not None:
            _check_precondition(wish)

    def work(self, wish: Wish, body: Body | None) -> Work:
        """The change that a wish asks for. A body stands where the method takes one.

        Raises:
            RequestError: It cannot be made.
        """
        if body is None:
            return self._work(wish, None)
        with body.told():
            work = self._work(wish, body)

        def told(connection: Connection) -> Written:
            with body.told():
                return work(connection)

        return told

    def _work(self, wish: Wish, body: Body | None) -> Work:
        work = _bounded(wish, self._change(wish, body))
        if wish.precondition is None:
            return work
        return self._changer.conditional(work, wish.entity, wish.query.ask, wish.precondition, wish.who)

    def _change(self, wish: Wish, body: Body | None) -> Work:
        entity, who, query = wish.entity, wish.who, wish.query
        if body is None:
            return self._changer.delete(entity, query.ask, who, wish.select)
        if query.columns is not None:
            body = choose_columns(body, query.columns, default=wish.preferences.missing_default)
        if wish.method == "PATCH":
            return self._changer.update(entity, query.ask, body, who, wish.select)
        if wish.method == "PUT":
            body = _with_key(entity, query.ask, body)
            return self._changer.upsert(entity, body, who, wish.select, Conflict(entity.key, "replace"))
        if wish.preferences.resolution is not None:
            conflict = Conflict(self._changer.identifying(entity, query.on_conflict, who), wish.preferences.resolution)
            return self._changer.upsert(entity, body, who, wish.select, conflict, query.ask.order)
        return self._changer.insert(entity, body, who, wish.select, query.ask.order)

    @staticmethod
    def answer(wish: Wish, body: Body | None, written: Written) -> Answer:
        """The answer to a change that was made."""
        number, shown, format = len(written.keys), len(written.records), wish.format
        total = str(number) if wish.preferences.count else "*"
        extent = f"0-{shown - 1}" if shown and wish.method in {"PATCH", "DELETE"} else "*"
        headers = [("content-range", f"{extent}/{total}")]
        if wish.method == "POST" and body is not None and body.single and wish.preferences.shown == "headers-only" and number:
            headers.append(("location", _location(wish, written.keys[0])))
        if wish.preferences.applied:
            headers.append(("preference-applied", wish.preferences.applied))
        if written.shape is None:
            return Answer(status_of(wish, written), headers, b"")
        text = encoded(format, written.records, written.shape, wish.query)
        headers.append(format.header)
        if format.one and written.version is not None and wish.method != "DELETE":
            headers.append(("etag", entity_tag(written.version, format.media, text)))
        return Answer(status_of(wish, written), headers, text)

    def _check_filtered(self, wish: Wish) -> None:
        """A change of whatever fulfils conditions has some; with a limit, also an order, so that it is clear which are meant."""
        what = "an update" if wish.method == "PATCH" else "a deletion"
        ask, most = wish.query.ask, self._settings.page_rows
        if wish.query.on_conflict is not None or (wish.method == "DELETE" and wish.query.columns is not None):
            raise BadRequest(f"{what} takes no 'on_conflict'" + (" or 'columns'" if wish.method == "DELETE" else ""))
        if not ask.where:
            hint = f"write /{wish.entity.name}?id=eq.…; for all: ?id=not.is.null"
            raise BadRequest(f"{what} needs a condition", code="21000", hint=hint)
        if ask.limit is None and not ask.offset:
            return
        if not ask.order or ask.limit is None:
            raise BadRequest(
                f"{what} with a limit or an offset needs both a limit and an order", code="PGRST109", hint="add '&order=id'"
            )
        if ask.limit > most:
            raise BadRequest(f"a limit of {ask.limit} is too much; at most {most} records are changed by a limit", code="54000")


def _check_has_key(entity: Entity) -> None:
    if not entity.key:
        message = f"'{entity.name}' can only be read: it is a view, or has no key that tells its records apart"
        raise NotAllowed(message, headers=[("Allow", "GET, HEAD, OPTIONS")])


def not_one(number: int) -> NotAcceptable:
    """The refusal where one object was asked for, and there is none or several."""
    return NotAcceptable("Cannot coerce the result to a single JSON object", details=f"The result contains {number} rows")


def _check_insert(wish: Wish) -> None:
    ask = wish.query.ask
    if ask.where or ask.limit is not None or ask.offset:
        hint = "'order' says in which order the new records are shown; on an embed there may be all: photos.limit=3"
        raise BadRequest("an insert takes no conditions or limit of its own", hint=hint)
    if wish.query.on_conflict is not None and wish.preferences.resolution is None:
        hint = "send 'Prefer: resolution=merge-duplicates' or 'resolution=ignore-duplicates'"
        raise BadRequest("'on_conflict' says nothing without a resolution", hint=hint)


def _check_replacement(wish: Wish) -> None:
    query, key = wish.query, wish.entity.key
    if query.ask.order or query.ask.limit is not None or query.ask.offset:
        raise BadRequest("PUT takes no order, limit or offset", code="PGRST114")
    if query.columns is not None or query.on_conflict is not None:
        raise BadRequest("PUT takes no 'columns' or 'on_conflict'")
    if not _names_one(wish):
        hint = f"write /{wish.entity.name}?{'&'.join(f'{name}=eq.…' for name in key)}"
        raise NotAllowed("PUT takes the whole key, by 'eq', and nothing else", code="PGRST105", hint=hint)


def _names_one(wish: Wish) -> bool:
    """Whether a question is for one record by its whole key, and asks nothing else of it."""
    where = wish.query.ask.where
    exact = [each for each in where if isinstance(each, Condition) and each.operator == "eq" and not each.negated]
    return len(exact) == len(where) and sorted(each.field for each in exact) == sorted(wish.entity.key)


def _check_precondition(wish: Wish) -> None:
    """What must be so of a record can be asked of one alone."""
    assert wish.precondition is not None, "called where there is one"
    if wish.method == "POST" or (wish.precondition.absent and wish.method != "PUT"):
        header = "If-None-Match" if wish.precondition.absent else "If-Match"
        takers = "PUT" if wish.precondition.absent else "PATCH, PUT and DELETE"
        raise BadRequest(f"'{header}' cannot be heeded here; {takers} of one record take it", code="PGRST122")
    if not _names_one(wish):
        hint = f"write /{wish.entity.name}?{'&'.join(f'{name}=eq.…' for name in wish.entity.key)}"
        raise BadRequest("'If-Match' is for one record, by its whole key and nothing else", code="PGRST122", hint=hint)


def _with_key(entity: Entity, ask: Ask, body: Body) -> Body:
    """The one row of a replacement, with the key of its address."""
    if len(body.rows) != 1:
        raise BadRequest("PUT takes one object", code="PGRST102")
    row = dict(body.rows[0])
    for each in ask.where:
        assert isinstance(each, Condition), "checked before the body was read"
        field = entity.fields[each.field]
        try:
            value = field.kind.parse(each.value)
        except Refused as refused:
            raise BadRequest(f"'{field.name}': {refused.message}", code=refused.code) from None
        if field.name in row and _differs(field, row[field.name], value, text=body.text):
            raise BadRequest(f"the body's '{field.name}' is not that of the address", code="PGRST115")
        row[field.name] = value
    return replace(body, rows=[row], single=True)


def _differs(field: Field, written: Any, value: Any, *, text: bool) -> bool:
    try:
        return bool((field.kind.parse(written) if text else field.kind.validate(written)) != value)
    except Refused:
        return True


def _bounded(wish: Wish, work: Work) -> Work:
    """A change that is taken back where it reached more records than it may, or not the one that is to be shown."""
    most, one = wish.preferences.most, wish.format.one and wish.select is not None
    if most is None and not one:
        return work

    def bounded(connection: Connection) -> Written:
        written = work(connection)
        reached = max(len(written.keys), written.made)
        if most is not None and reached > most:
            details = f"The query affects {reached} rows"
            raise BadRequest("Query result exceeds max-affected preference constraint", code="PGRST124", details=details)
        if one and len(written.records) != 1:
            raise not_one(len(written.records))
        return written

    return bounded


def status_of(wish: Wish, written: Written) -> int:
    """The status of the answer to a change that was made."""
    if wish.method == "POST":
        return 200 if wish.preferences.resolution == "merge" and not written.made else 201
    if wish.method == "PUT" and written.made:
        return 201
    return 204 if wish.select is None else 200


def _location(wish: Wish, key: Any) -> str:
    parts = zip(wish.entity.key, key_parts(key), strict=True)
    return f"{wish.prefix}/{wish.entity.name}?{'&'.join(f'{name}=eq.{quote(str(part))}' for name, part in parts)}"
