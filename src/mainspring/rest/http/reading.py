"""What is asked of a table, page by page."""

import re
from urllib.parse import quote

from mainspring.context import Who
from mainspring.database.database import Database
from mainspring.database.engine import Connection
from mainspring.errors import BadRequest, RangeUnsatisfiable
from mainspring.query.cursor import Cursor, Cursors
from mainspring.query.encode.encoder import StreamEncoder
from mainspring.query.grouping import GROUPING
from mainspring.query.reader import Question, Reader
from mainspring.query.run import Page
from mainspring.rest.http.call import Call
from mainspring.rest.http.conditional import entity_tag, knows
from mainspring.rest.http.explaining import Explaining, read_explaining
from mainspring.rest.http.export import Exports, wait_until_gone
from mainspring.rest.http.formats import Format, choose_format, encoded
from mainspring.rest.http.preferences import Preferences, paged, read_preferences
from mainspring.rest.http.writing import not_one
from mainspring.settings import Settings

_AFTER = re.compile(r"(?:^|(?<=&))after=([^&]*)&?")
_PLACE = re.compile(r"(?:^|(?<=&))(?:after|offset)=[^&]*&?")
_IN_ADDRESSES = "!$%&'()*+,-./:;=?@_~"


class Reading:
    """Answers questions.

    Args:
        reader: The road of questions.
        database: The database.
        cursors: Tell where a page ended.
        settings: The limits.
    """

    def __init__(self, reader: Reader, database: Database, cursors: Cursors, settings: Settings) -> None:
        self._reader = reader
        self._database = database
        self._cursors = cursors
        self._settings = settings
        self._exports = Exports(reader, database, settings)

    async def answer(self, call: Call) -> None:
        """Answer a question; what is refused is raised."""
        explaining = read_explaining(call.header(b"accept"), call.who)
        format = explaining.format if explaining else choose_format(call.header(b"accept"))
        preferences = read_preferences(call.prefer, "GET")
        question, before = self._question(call)
        if explaining:
            await self._explain(call, question, preferences, explaining)
            return

        def look(connection: Connection) -> tuple[Page, str | None]:
            page = self._reader.page(connection, question, call.who, count=preferences.count)
            return page, self._reader.version_of(connection, question.statement, page, call.who) if format.one else None

        page, version = await self._database.answer(
            look, divisible=question.divisible, gone=lambda: wait_until_gone(call.receive)
        )
        if issubclass(format.encoder, StreamEncoder) and self._goes_on(question, page):
            await self._export(call, question, before, preferences, format)
            return
        number, total = len(page.records), page.total
        if total is not None and question.offset > total:
            raise RangeUnsatisfiable(
                "the page begins after the last record",
                details=f"an offset of {question.offset} was asked for, but there are {total} records",
                headers=[("Content-Range", f"*/{total}")],
            )
        if format.one and number != 1:
            raise not_one(number)
        status = 206 if total is not None and not format.one and number < total else 200
        body = encoded(format, page.records, question.statement.shape, question.query)
        headers = [format.header, ("content-range", _content_range(before, number, total)), *applied(preferences)]
        if version is not None:
            tag = entity_tag(version, format.media, body)
            headers.append(("etag", tag))
            if knows(call.headers, tag):
                status, body = 304, b""
        # Without a key nothing decides between equals, and groups have none.
        if page.last is not None and call.entity.key and not format.one and not question.plan.grouped:
            headers += self._link(call, question, Cursor(before + number, page.last))
        await call.answer(status, body, *headers)

    async def _explain(self, call: Call, question: Question, preferences: Preferences, explaining: Explaining) -> None:
        statements = await self._database.answer(
            lambda connection: self._reader.explain(
                connection, question, call.who, count=preferences.count, analyze=explaining.analyze
            ),
            divisible=False,
            gone=lambda: wait_until_gone(call.receive),
        )
        await call.answer(200, explaining.encode(statements), explaining.header, *applied(preferences))

    def _question(self, call: Call) -> tuple[Question, int]:
        """What is asked, and how many records stand before it."""
        text, after = _without_cursor(call.query)
        question = self._reader.question(call.entity, paged(text, call.header(b"range")), call.who)
        if question.query.columns is not None or question.query.on_conflict is not None:
            raise BadRequest("'columns' and 'on_conflict' belong to changes", hint="choose what is shown by 'select='")
        if after is None:
            return question, question.offset
        if question.plan.grouped:
            raise BadRequest("groups have no pages by 'after'", code=GROUPING, hint="write 'limit=' and 'offset='")
        if question.offset:
            raise BadRequest("'after' and 'offset' both say where the page begins", hint="leave one of them out")
        cursor = self._cursors.open(after, _subject(question, call.who))
        return self._reader.after(question, cursor.last, call.who), cursor.position

    def _link(self, call: Call, question: Question, cursor: Cursor) -> list[tuple[str, str]]:
        """The header that leads to the next page, and back to the first."""
        sealed = self._cursors.seal(cursor, _subject(question, call.who))
        if sealed is None:
            return []
        asked = _PLACE.sub("", paged(call.query, call.header(b"range")))
        path, query = quote(call.scope["path"]), quote(asked, safe=_IN_ADDRESSES).rstrip("&")
        links = [f'<{path}?{f"{query}&" if query else ""}after={sealed}>; rel="next"']
        if cursor.position > question.limit:
            links.append(f'<{path}{f"?{query}" if query else ""}>; rel="first"')
        return [("link", ", ".join(links))]

    def _goes_on(self, question: Question, page: Page) -> bool:
        """Whether there are more records than a page holds, and more were asked for."""
        most, asked = self._settings.page_rows, question.query.ask.limit
        return page.last is not None and len(page.records) == most and (asked is None or asked > most)

    async def _export(self, call: Call, page: Question, before: int, preferences: Preferences, format: Format) -> None:
        question = self._reader.export(page)

        def head(total: int | None) -> tuple[int, list[tuple[bytes, bytes]]]:
            number = question.limit if total is None else min(question.limit, max(total - before, 0))
            extent = "*/*" if total is None else _content_range(before, number, total)
            status = 206 if total is not None and number < total else 200
            headers = [format.header, ("content-range", extent), *applied(preferences)]
            return status, [(name.encode(), value.encode("latin-1")) for name, value in headers]

        shape = question.statement.shape
        assert shape is not None, "a statement that finds records has a shape"
        encoder = format.encoder(shape, numbers_as_text=question.query.numbers_as_text)
        assert isinstance(encoder, StreamEncoder)
        await self._exports.answer(
            question, call.who, encoder, head, count=preferences.count, scope=call.scope, receive=call.receive, send=call.send
        )


def _subject(question: Question, who: Who) -> bytes:
    """What a cursor is good for: another caller may not see what it was made from."""
    return question.subject + f"{who.kind.value}{who.id}".encode()


def _without_cursor(query: str) -> tuple[str, str | None]:
    """A query string without its cursor, so that what is kept of a question serves all of its pages; and the cursor."""
    if "after=" not in query:
        return query, None
    found = _AFTER.findall(query)
    if len(found) > 1:
        raise BadRequest("'after' stands twice in the query", hint="write one 'after='")
    return _AFTER.sub("", query).rstrip("&"), found[0] if found else None


def applied(preferences: Preferences) -> list[tuple[str, str]]:
    """The header that tells which preferences were heeded."""
    return [("preference-applied", preferences.applied)] if preferences.applied else []


def _content_range(offset: int, number: int, total: int | None) -> str:
    extent = f"{offset}-{offset + number - 1}" if number else "*"
    return f"{extent}/{'*' if total is None else total}"
