"""`/auth/v1`, with the paths, statuses and bodies of GoTrue, so that its ready-made clients work unchanged.

The contract is what the JavaScript client `@supabase/auth-js` sends and reads; what is not here is 404 in the same shape.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mainspring.auth.accounts import Changes
from mainspring.auth.attempts import Limit
from mainspring.auth.authority import Authority
from mainspring.auth.hashing import HashingPool
from mainspring.auth.refusals import NotSignedIn, SignedOut, UnknownKey, Unprocessable, WeakPassword
from mainspring.auth.sessions import Tokens
from mainspring.context import Who
from mainspring.errors import BadRequest, Forbidden, NotAllowed, NotFound, RequestError, Unauthenticated, Unavailable
from mainspring.query.encode.json import encode_json
from mainspring.settings import Settings
from mainspring.web.body import read_body
from mainspring.web.exchange import WHO

PREFIX = "/auth/v1"
API_VERSION = "2024-01-01"
JWKS_SECONDS = 300
"""How long the published keys may be kept by others."""

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


class _Body(msgspec.Struct, frozen=True):
    """What bodies may hold; clients send more, which is not ours to refuse."""

    email: str | None = None
    phone: str | None = None
    password: str | None = None
    current_password: str | None = None
    refresh_token: str | None = None
    data: dict[str, Any] | None = None


class AuthRoom:
    """The ASGI application of `/auth/v1`.

    Args:
        authority: All that is known of sign-in.
        settings: The settings; `body_bytes` and `workers` are looked at.
    """

    def __init__(self, authority: Authority, settings: Settings) -> None:
        self._authority = authority
        self._body_bytes = settings.body_bytes
        self._hashing = HashingPool(settings.workers)
        self._endpoints: Mapping[str, Mapping[str, Endpoint]] = {
            "/signup": {"POST": self._sign_up},
            "/token": {"POST": self._grant},
            "/user": {"GET": self._show_user, "PUT": self._change_user},
            "/logout": {"POST": self._sign_out},
            "/.well-known/jwks.json": {"GET": self._publish},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = await self._find(scope)(Request(scope, receive))
        except RequestError as error:
            response = _refuse(error)
        response.headers["X-Supabase-Api-Version"] = API_VERSION
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> Endpoint:
        methods = self._endpoints.get(scope["path"].removeprefix(PREFIX))
        if methods is None:
            raise NotFound("there is nothing at this address", code="not_found")
        if scope["method"] not in methods:
            raise NotAllowed(
                "this address does not take this method", code="not_allowed", headers=[("Allow", ", ".join(methods))]
            )
        return methods[scope["method"]]

    # -- signing up and in -------------------------------------------------------------------------------------------------------

    async def _sign_up(self, request: Request) -> Response:
        body = await self._read(request)
        email, password = _credentials(body)
        await self._aside(lambda: self._authority.accounts.check(email, password))
        await self._take(self._authority.sign_up, request)
        accounts = self._authority.accounts
        return await self._welcome(await self._hashing.run(lambda: accounts.sign_up(email, password, body.data or {})))

    async def _grant(self, request: Request) -> Response:
        grant = request.query_params.get("grant_type")
        if grant == "password":
            return await self._sign_in(request)
        if grant == "refresh_token":
            return await self._refresh(request)
        raise BadRequest("grant_type is none of 'password' and 'refresh_token'", code="validation_failed")

    async def _sign_in(self, request: Request) -> Response:
        email, password = _credentials(await self._read(request))
        # Counted before it is tried, so that many at once cannot pass; one that did not fail is given back.
        attempt = await self._take(self._authority.sign_in, request)
        try:
            tokens = await self._hashing.run(lambda: self._authority.accounts.sign_in(email, password))
        except Unavailable:
            await self._aside(lambda: self._authority.attempts.give_back(attempt))
            raise
        await self._aside(lambda: self._authority.attempts.give_back(attempt))
        return await self._welcome(tokens)

    async def _refresh(self, request: Request) -> Response:
        token = (await self._read(request)).refresh_token
        if not token:
            raise BadRequest("refresh_token is missing", code="validation_failed")
        return await self._welcome(await self._aside(lambda: self._authority.sessions.refresh(token)))

    async def _welcome(self, tokens: Tokens) -> Response:
        user = await self._aside(lambda: self._authority.profiles.describe(tokens.user))
        return _json(
            {
                "access_token": tokens.access,
                "token_type": "bearer",
                "expires_in": int(tokens.life.total_seconds()),
                "expires_at": int(tokens.expires_at.timestamp()),
                "refresh_token": tokens.refresh,
                "user": user,
            }
        )

    # -- the user ----------------------------------------------------------------------------------------------------------------

    async def _show_user(self, request: Request) -> Response:
        _, id = self._identify(request)
        return _json(await self._aside(lambda: self._authority.profiles.describe(id)))

    async def _change_user(self, request: Request) -> Response:
        who, id = self._identify(request)
        body = await self._read(request)
        if body.phone:
            raise _no_phones()
        changes = Changes(body.email, body.password, body.current_password, body.data)
        await self._hashing.run(lambda: self._authority.accounts.change(who, changes))
        return _json(await self._aside(lambda: self._authority.profiles.describe(id)))

    async def _sign_out(self, request: Request) -> Response:
        who, _ = self._identify(request)
        reach = request.query_params.get("scope", "global")
        if reach == "local":
            await self._aside(lambda: self._authority.sessions.end(who))
        elif reach in {"global", "others"}:
            spared = who.session if reach == "others" else None
            await self._aside(lambda: self._authority.accounts.sign_out(who, but=spared))
        else:
            raise BadRequest(f"Unsupported logout scope {reach[:40]!r}", code="validation_failed")
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _publish(self, _: Request) -> Response:
        keys = await self._aside(self._authority.signing.publish)
        return _json(keys, headers={"Cache-Control": f"public, max-age={JWKS_SECONDS}"})

    # -- the request -------------------------------------------------------------------------------------------------------------

    def _identify(self, request: Request) -> tuple[Who, UUID]:
        """The user who asks, and their id."""
        who = self._authority.identity.identify(request.headers.get("authorization"), request.headers.get("apikey"))
        if who.id is None:
            raise NotSignedIn("This endpoint requires a valid Bearer token")
        request.scope[WHO] = who
        return who, who.id

    async def _read(self, request: Request) -> _Body:
        body = await read_body(request.scope, request.receive, self._body_bytes)
        try:
            return msgspec.json.decode(body, type=_Body)
        except msgspec.ValidationError as error:
            raise BadRequest(f"the body is not what is needed here: {error}", code="validation_failed") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadRequest("the body is no JSON", code="bad_json") from None

    async def _aside(self, work: Callable[[], T]) -> T:
        """What `work`, which asks the database, gives; from one of its threads."""
        return await asyncio.get_running_loop().run_in_executor(self._authority.database.pool, work)

    async def _take(self, limit: Limit, request: Request) -> int:
        peer = request.client.host if request.client else None
        address = self._authority.proxies.find_client(peer, request.headers.getlist("x-forwarded-for"))
        return await self._aside(lambda: self._authority.attempts.take(limit, address))


def _credentials(body: _Body) -> tuple[str, str]:
    if body.phone:
        raise _no_phones()
    if not body.email and not body.password:
        raise Unprocessable("Anonymous sign-ins are disabled", code="anonymous_provider_disabled")
    if not body.email or not body.password:
        raise BadRequest("an email and a password are needed", code="validation_failed")
    return body.email, body.password


def _no_phones() -> BadRequest:
    return BadRequest("Phone sign-ins are disabled: there is only e-mail", code="phone_provider_disabled")


def _json(value: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encode_json(value), status, headers, "application/json")


# -- refusals --------------------------------------------------------------------------------------------------------------------


class _Answer(NamedTuple):
    """GoTrue's status and code for a kind of refusal."""

    kind: type[RequestError]
    status: int
    code: str


_ANSWERS = (
    _Answer(NotSignedIn, 401, code="no_authorization"),
    _Answer(UnknownKey, 401, code="no_authorization"),
    _Answer(SignedOut, 403, code="session_not_found"),
    _Answer(Unauthenticated, 403, code="bad_jwt"),
    _Answer(Forbidden, 400, code="validation_failed"),  # what is refused to people here is what they say of themselves
)
"""The first that fits is taken; whatever fits none keeps its status."""


def _refuse(error: RequestError) -> Response:
    known = next((answer for answer in _ANSWERS if isinstance(error, answer.kind)), None)
    status, code = (known.status, known.code) if known else (error.status, _code(error))
    body: dict[str, Any] = {"code": code, "message": error.message}
    if error.faults:
        body["errors"] = error.faults
    if isinstance(error, WeakPassword):
        body["weak_password"] = {"reasons": error.reasons}
    return _json(body, status, dict(error.headers))


def _code(error: RequestError) -> str:
    """GoTrue knows words; the numbers of refused values mean `validation_failed` to it."""
    return "validation_failed" if isinstance(error, BadRequest) and not error.code.islower() else error.code
