"""XML as it is written and read everywhere here: names, text and null. It is made of strings; nothing here reads XML.

XML 1.0 cannot hold some characters at all (the control characters but tab and the ends of lines, U+FFFE and U+FFFF). A text with
one of them is written in base64 of its UTF-8, and its element says so: `<title encoding="base64">AWE=</title>`. A name that XML
does not take is written as SQL/XML has it (ISO/IEC 9075-14): a blank is `_x0020_`.
"""

import re

XSI = "http://www.w3.org/2001/XMLSchema-instance"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = f' xmlns:xsi="{XSI}"'
BASE64 = "base64"

_ESCAPED = re.compile(r"[&<>\r]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PLAIN = re.compile(r"(?!xml)[a-z][a-z0-9]*(?:_(?!x)[a-z0-9]+)*_?", re.ASCII)
_NOT_IN_NAME = re.compile(r"_(?=x[0-9A-F]{4,6}_)|[^\w.-]|^[^A-Za-z_]|[^\x00-\x7f]|^(?=xml)", re.IGNORECASE)
_NUMBER = re.compile(r"_x([0-9A-F]{4,6})_")


def tag(name: str) -> str:
    """The name of an element."""
    if _PLAIN.fullmatch(name):
        return name
    return _NOT_IN_NAME.sub(lambda found: f"_x{ord(found[0] or name[0]):04X}_", name) or "_x0000_"


def name_of(tag: str) -> str:
    """The name that an element's name stands for."""
    return _NUMBER.sub(lambda found: _character(int(found[1], 16)), tag) if "_x" in tag else tag


def _character(number: int) -> str:
    return chr(number) if 0 < number < 0x110000 else ""


def escape(text: str) -> str:
    """Text as it stands between tags; what XML cannot hold becomes U+FFFD."""
    return _ESCAPED.sub(lambda found: _ENTITIES[found[0]], _IMPOSSIBLE.sub("\ufffd", text))


def fits(text: str) -> bool:
    """Whether XML can hold a text."""
    return _IMPOSSIBLE.search(text) is None


def null(tag: str) -> str:
    """An element that is null."""
    return f'<{tag} xsi:nil="true"/>'


def text_element(tag: str, text: str | None, attributes: str = "") -> str:
    """An element that holds text, or is null."""
    return null(tag) if text is None else f"<{tag}{attributes}>{escape(text)}</{tag}>"
