"""Every setting, declared once: its name, type, default and meaning.

A setting is read from the environment as `MAINSPRING_<NAME>`, else from `.env` in the current folder, else it has its default.
Command-line options such as `--port` win over both. `docs/settings.md` lists them all; a test holds the page to this file.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mainspring.errors import DeclarationError

PREFIX = "MAINSPRING_"


def _setting(default: Any, meaning: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"meaning": meaning}, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process. Make them with `Settings.load()`; tests pass fields by keyword."""

    data: Path = _setting(Path("data"), "Folder of everything that is stored: database, files, signing keys. Made if absent.")
    database: str = _setting(
        "", "Address, `sqlite:///…`, `postgresql://…` or `mariadb://…`; empty for SQLite in that folder.", secret=True
    )
    adopted: str = _setting(
        "", "URL of an existing database whose tables are served, as `mainspring adopt` writes it.", secret=True
    )
    host: str = _setting("127.0.0.1", "Address that the server listens on.")
    port: int = _setting(8000, "Port that the server listens on.")
    workers: int = _setting(1, "Server processes; as many as the machine has cores is a good number.")
    dev: bool = _setting(False, "Whether this is a developer's own machine: set by `mainspring dev`.")
    log: bool = _setting(True, "Whether each request is written to standard error as one line.")
    reference: bool = _setting(True, "Whether the reference of the API is at `/docs`.")
    origins: tuple[str, ...] = _setting((), "Web origins that may call from a browser, exact, separated by commas.")
    trusted_proxies: tuple[str, ...] = _setting((), "Proxies whose `X-Forwarded-For` is believed, separated by commas.")

    body_bytes: int = _setting(1_000_000, "Largest request body that is not an upload, in bytes.")
    upload_bytes: int = _setting(100_000_000, "Largest multipart body, in bytes.")
    upload_parts: int = _setting(100, "Most parts in one multipart body.")
    image_pixels: int = _setting(50_000_000, "Most pixels (width × height × frames) of an uploaded picture.")
    bulk_rows: int = _setting(10_000, "Most records in one insert, those that stand in others and links in lists included.")
    nested_depth: int = _setting(4, "How deep new records may stand in each other.")
    operations: int = _setting(50, "Most operations in one request.")
    page_rows: int = _setting(1_000, "Rows on a page without `limit`, and the most that `limit` may ask for.")
    export_rows: int = _setting(1_000_000, "Rows of one answer in CSV or NDJSON, instead of `MAINSPRING_PAGE_ROWS`.")
    export_seconds: float = _setting(600.0, "Longest time that such an answer may take in all, in seconds.")
    exports: int = _setting(4, "Answers of more than a page that one process sends at once.")
    columns: int = _setting(500, "Most columns that one answer may show, those of embeds included.")
    aggregates: int = _setting(50, "Most aggregates in one request.")
    embed_depth: int = _setting(5, "How deep embeds may stand in each other.")
    embeds: int = _setting(20, "Most embeds in one request.")
    embed_rows: int = _setting(10_000, "Most rows that one to-many embed may add to a page.")
    filters: int = _setting(50, "Most conditions in one request.")
    list_items: int = _setting(1_000, "Most items of an `in` list.")
    search_words: int = _setting(50, "Most words in one full-text condition.")
    query_bytes: int = _setting(16_384, "Longest query string, in bytes.")
    statement_seconds: float = _setting(10.0, "Longest time that one statement may take, in seconds.")
    kept_plans: int = _setting(2_000, "Compiled questions that a process keeps.")

    access_token_seconds: int = _setting(900, "Life of an access token, in seconds; at most 900.")
    session_days: int = _setting(90, "Longest life of a sign-in, in days.")
    session_idle_days: int = _setting(14, "Days without a refresh after which a sign-in ends.")
    password_length: int = _setting(8, "Shortest password that is taken.")
    sign_in_tries: int = _setting(30, "Failed sign-ins from one address in a window.")
    sign_up_tries: int = _setting(30, "Sign-ups from one address in a window.")
    tries_seconds: int = _setting(300, "Length of the window in which tries are counted, in seconds.")

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, folder: Path | None = None, **given: Any) -> "Settings":
        """The settings from `given` (None counts as not given), the environment and `.env`, in that order.

        Raises:
            DeclarationError: A value has the wrong type, or a name that begins with `MAINSPRING_` is no setting.
        """
        source = dict(_read_env_file((folder or Path.cwd()) / ".env"))
        source.update(os.environ if environment is None else environment)
        known = {PREFIX + each.name.upper(): each for each in fields(cls)}
        unknown = sorted(name for name in source if name.startswith(PREFIX) and name not in known)
        if unknown:
            raise DeclarationError(f"{unknown[0]} is no setting; the settings are {', '.join(sorted(known))}")
        values = {each.name: _convert(name, source[name], each.default) for name, each in known.items() if name in source}
        values.update({name: value for name, value in given.items() if value is not None})
        return cls(**values)

    def __post_init__(self) -> None:
        if not 1 <= self.access_token_seconds <= 900:
            raise DeclarationError(f"{PREFIX}ACCESS_TOKEN_SECONDS is {self.access_token_seconds}; write a number from 1 to 900")
        if self.workers < 1:
            raise DeclarationError(f"{PREFIX}WORKERS is {self.workers}; write 1 or more")


def _boolean(text: str) -> bool:
    return {"1": True, "true": True, "on": True, "yes": True, "0": False, "false": False, "off": False, "no": False}[text.lower()]


_READERS: dict[type, Callable[[str], Any]] = {
    bool: _boolean,
    int: int,
    float: float,
    str: str,
    Path: Path,
    tuple: lambda text: tuple(part.strip() for part in text.split(",") if part.strip()),
}


def _convert(name: str, text: str, default: Any) -> Any:
    kind = next(kind for kind in _READERS if isinstance(default, kind))  # bool stands before int, which it also is
    try:
        return _READERS[kind](text)
    except (ValueError, KeyError):
        raise DeclarationError(f"{name}={text!r} is not {kind.__name__}; its default is {default!r}") from None


def _read_env_file(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    pairs: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = stripped.partition("=")
        if not equals:
            raise DeclarationError(f"{path}:{number}: expected NAME=value, found {stripped!r}")
        pairs[name.strip()] = value.strip().strip("\"'")
    return pairs
