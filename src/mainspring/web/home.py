"""The page at `/` on a developer's machine: where everything is."""

from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from mainspring.web.reference.page import ADDRESS

ADDRESSES = (
    ("/rest/v1/", "the API: one address for each model"),
    ("/auth/v1/", "sign-up and sign-in"),
    ("/openapi.json", "the API's description (OpenAPI 3.1)"),
    ("/healthz", "whether the process runs"),
    ("/readyz", "whether it can answer requests"),
)

REFERENCE = (ADDRESS, "the same to be read and tried")

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{name}</title>
<style>:root{{color-scheme:light dark}}
body{{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}}dt{{font-weight:600}}</style>
<h1>{name}</h1><p>This back end runs. Its addresses:</p><dl>{addresses}</dl></html>
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def home(name: str, *, reference: bool = True) -> Sequence[BaseRoute]:
    """The page at `/`, which names the app and its addresses, that of the reference where there is one."""
    shown = (*ADDRESSES, *((REFERENCE,) if reference else ()))
    addresses = "".join(f'<dt><a href="{path}">{path}</a></dt><dd>{meaning}</dd>' for path, meaning in shown)
    page = _PAGE.format(name=escape(name), addresses=addresses)

    async def answer(_: Request) -> Response:
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    return (Route("/", answer),)
