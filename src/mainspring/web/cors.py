"""Which web pages of other origins may ask: exact origins, and on a developer's machine every page of that machine."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from mainspring.errors import DeclarationError
from mainspring.settings import Settings

EXPOSED = (
    "Content-Profile",
    "Content-Range",
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "Preference-Applied",
    "Range-Unit",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
    "X-Supabase-Api-Version",
)
"""Headers of an answer that a script in a page may read."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_OWN_MACHINE = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?"
_DAY_SECONDS = 86_400


def allow_origins(app: ASGIApp, settings: Settings) -> ASGIApp:
    """`app`, with the answers to preflights and the headers that let the pages of `settings.origins` read its answers.

    Cookies are never allowed along: who asks is told by headers that a page must have been given. So a listed page may send
    any header, and a new version of a client needs no change here.

    Raises:
        DeclarationError: An origin is none: it has a path, a wildcard, or no scheme.
    """
    for origin in settings.origins:
        scheme, separator, host = origin.partition("://")
        if scheme not in {"http", "https"} or not separator or not host or "*" in host or "/" in host:
            raise DeclarationError(f"MAINSPRING_ORIGINS: {origin!r} is no origin; write it like https://photos.example.org")
    return CORSMiddleware(
        app,
        allow_origins=settings.origins,
        allow_origin_regex=_OWN_MACHINE if settings.dev else None,
        allow_methods=_METHODS,
        allow_headers=("*",),
        expose_headers=EXPOSED,
        max_age=_DAY_SECONDS,
    )
