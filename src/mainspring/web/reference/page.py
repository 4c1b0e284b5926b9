"""The addresses of the reference: the page, and its assets under a name that changes with them."""

import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from mainspring.web.problem import no_such_address

ADDRESS = "/docs"

_ASSETS = Path(__file__).parent / "assets"
_MEDIA = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_KEPT = "public, max-age=31536000, immutable"


def reference(name: str) -> Sequence[BaseRoute]:
    """The routes of the reference.

    Args:
        name: The app's name.
    """
    assets = {path.name: path.read_bytes() for path in sorted(_ASSETS.iterdir()) if path.suffix in _MEDIA}
    digest = hashlib.sha256(b"\0".join(each for pair in assets.items() for each in (pair[0].encode(), pair[1]))).hexdigest()[:16]
    text = (_ASSETS / "reference.html").read_text("utf-8")
    page = text.replace("{{name}}", escape(name)).replace("{{assets}}", f"{ADDRESS}/{digest}")

    async def answer(_: Request) -> Response:
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    async def answer_asset(request: Request) -> Response:
        asset = request.path_params["asset"]
        content = assets.get(asset)
        if content is None or request.path_params["digest"] != digest:
            raise no_such_address(request.url.path)
        return Response(content, media_type=_MEDIA[Path(asset).suffix], headers={"Cache-Control": _KEPT})

    return (Route(ADDRESS, answer), Route(f"{ADDRESS}/{{digest}}/{{asset}}", answer_asset))
