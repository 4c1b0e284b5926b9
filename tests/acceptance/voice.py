"""A guest who speaks another language than JSON: their bodies are in it, and answers are asked for in it."""

import csv
import json
from dataclasses import dataclass
from io import StringIO
from typing import Any
from xml.etree import ElementTree as ET

import httpx
from tests.photos import ONE, Guest

SINGULAR = {"users": "user", "albums": "album", "photos": "photo"}
MEDIA = {"json": "application/json", "xml": "application/xml", "csv": "text/csv"}
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@dataclass(frozen=True)
class Voice:
    """Asks for a guest in a language.

    Attributes:
        guest: Who asks.
        language: `json`, `xml` or `csv`.
    """

    guest: Guest
    language: str

    def rows(self, path: str) -> list[dict[str, Any]]:
        """What a question gives, which must be answered."""
        answer = self.get(f"/rest/v1/{path}")
        assert answer.status_code == 200, answer.text
        found = said(answer)
        assert isinstance(found, list)
        return found

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._ask("GET", path, options)

    def head(self, path: str, **options: Any) -> httpx.Response:
        return self._ask("HEAD", path, options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._ask("POST", path, options)

    def patch(self, path: str, **options: Any) -> httpx.Response:
        return self._ask("PATCH", path, options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self._ask("DELETE", path, options)

    def _ask(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        headers = {"Accept": MEDIA[self.language]} | options.pop("headers", {})
        if headers["Accept"] == ONE["Accept"] and self.language == "xml":
            headers["Accept"] = "application/vnd.pgrst.object+xml"  # one object has no form in CSV: there it stays JSON
        if "json" in options:
            table = path.removeprefix("/rest/v1/").partition("?")[0]
            options["content"] = written(table, options.pop("json"), self.language)
            headers["Content-Type"] = MEDIA[self.language]
        return self.guest.http.request(method, path, headers=headers, **options)


# -- bodies ----------------------------------------------------------------------------------------------------------------------


def written(table: str, body: Any, language: str) -> str:
    """A record, or a list of them, in a language."""
    rows = body if isinstance(body, list) else [body]
    match language:
        case "json":
            return json.dumps(body)
        case "xml":
            root = ET.Element(table)
            for row in rows:
                _add(ET.SubElement(root, SINGULAR[table]), row)
            return ET.tostring(root if isinstance(body, list) else root[0], encoding="unicode")
        case _:
            stream = StringIO()
            lines = csv.writer(stream)
            lines.writerow(rows[0])
            lines.writerows([value if isinstance(value, str) else json.dumps(value) for value in row.values()] for row in rows)
            return stream.getvalue()


def _add(element: ET.Element, row: dict[str, Any]) -> None:
    for name, value in row.items():
        child = ET.SubElement(element, name)
        if isinstance(value, list):
            for item in value:
                ET.SubElement(child, "item").text = item
        else:
            child.text = value if isinstance(value, str) else json.dumps(value)


# -- answers ---------------------------------------------------------------------------------------------------------------------


def said(answer: httpx.Response) -> Any:
    """What an answer says: a list of records, one record, or a refusal, in whichever language it is."""
    media = answer.headers["content-type"].partition(";")[0]
    if media == MEDIA["csv"]:
        return [{name: _cell(text) for name, text in row.items() if text} for row in csv.DictReader(StringIO(answer.text))]
    if not media.endswith("xml"):
        return answer.json()
    root = ET.fromstring(answer.content)
    return [_record(each) for each in root] if root.tag in SINGULAR else _record(root)


def _cell(text: str) -> Any:
    return json.loads(text) if text[0] in "[{" else text


def _record(element: ET.Element) -> dict[str, Any]:
    return {child.tag: _value(child) for child in element}


def _value(element: ET.Element) -> Any:
    if element.get(_NIL) == "true":
        return None
    if not len(element):
        return [] if element.tag in SINGULAR or element.tag == "friends" else element.text or ""
    if any(len(child) for child in element):
        return [_record(child) for child in element]
    return _record(element)
