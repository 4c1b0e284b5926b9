"""The room's addresses as OpenAPI 3.1 tells them; `app.py` joins them to the description of the API."""

from typing import Any

PREFIX = "/auth/v1"

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_CREDENTIALS: Json = {
    "email": {"type": "string", "format": "email"},
    "password": {"type": "string", "format": "password", "minLength": 1},
}
_DATA: Json = {
    "data": {"type": ["object", "null"], "description": "Fields of the user that they may write themselves, such as `name`."}
}
_USER: Json = {
    "type": "object",
    "required": ["id", "email", "app_metadata", "user_metadata", "created_at", "updated_at"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "email": {"type": "string", "format": "email"},
        "app_metadata": {"type": "object"},
        "user_metadata": {"type": "object"},
        "created_at": {"type": "string", "format": "date-time"},
        "updated_at": {"type": "string", "format": "date-time"},
    },
}
_SESSION: Json = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "expires_at", "refresh_token", "user"],
    "properties": {
        "access_token": _TEXT,
        "token_type": {"const": "bearer"},
        "expires_in": {"type": "integer", "description": "Seconds."},
        "expires_at": {"type": "integer", "description": "Seconds since 1970."},
        "refresh_token": {"type": "string", "description": "Good for one refresh."},
        "user": _USER,
    },
}
_REFUSED: Json = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string", "description": "A word, such as `invalid_credentials`."}, "message": _TEXT},
}


def paths(password_length: int) -> Json:
    """The path items of this room.

    Args:
        password_length: Fewest characters of a new password.
    """
    refresh = {"refresh_token": {"type": "string", "minLength": 1}}
    chosen = _CREDENTIALS | {"password": {"type": "string", "format": "password", "minLength": password_length}} | _DATA
    changed = chosen | {name: schema | {"type": [schema["type"], "null"]} for name, schema in chosen.items() if name != "data"}
    grant = _parameter("grant_type", ["password", "refresh_token"], required=True)
    scope = _parameter("scope", ["global", "local", "others"], required=False)
    return {
        f"{PREFIX}/signup": {
            "post": _operation("sign_up", "Sign up", {"200": _SESSION}, body=_body(chosen, "email", "password")),
        },
        f"{PREFIX}/token": {
            "post": _operation(
                "sign_in",
                "Sign in by password, or go on with a refresh token",
                {"200": _SESSION},
                body=_body(_CREDENTIALS | refresh) | {"anyOf": [{"required": [*_CREDENTIALS]}, {"required": [*refresh]}]},
                parameters=[grant],
            ),
        },
        f"{PREFIX}/user": {
            "get": _operation("read_me", "Who I am", {"200": _USER}),
            "put": _operation("update_me", "Change my address, password or data", {"200": _USER}, body=_body(changed)),
        },
        f"{PREFIX}/logout": {"post": _operation("sign_out", "Sign out", {"204": None}, parameters=[scope])},
    }


def _parameter(name: str, words: list[str], *, required: bool) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": {"type": "string", "enum": words}}


def _body(properties: Json, *required: str) -> Json:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _operation(
    name: str, summary: str, answers: dict[str, Json | None], *, body: Json | None = None, parameters: list[Json] | None = None
) -> Json:
    refused = {"4XX": {"description": "It is refused.", "content": _content(_REFUSED)}}
    given = {
        status: {"description": "Done.", **({"content": _content(schema)} if schema else {})}
        for status, schema in answers.items()
    }
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["auth"],
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": {"required": True, "content": _content(body)}} if body else {}),
        "responses": given | refused,
    }


def _content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}
