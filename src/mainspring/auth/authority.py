"""`Authority`: the room's parts, joined for one process."""

from dataclasses import dataclass, replace
from datetime import timedelta

from mainspring.auth.accounts import Accounts
from mainspring.auth.attempts import Attempts, Limit
from mainspring.auth.identity import Identity
from mainspring.auth.keys import ApiKeys
from mainspring.auth.profile import Profiles
from mainspring.auth.proxies import Proxies
from mainspring.auth.sessions import Sessions
from mainspring.auth.signing import SigningKeys
from mainspring.auth.tokens import AccessTokens
from mainspring.change.records import Records
from mainspring.database.database import Database
from mainspring.query.reader import Reader
from mainspring.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Authority:
    """All that a process knows of sign-in.

    Attributes:
        database: Where it all stands.
        accounts: What people do, and what is done to them.
        sessions: Their sign-ins.
        profiles: How they look.
        keys: The API keys.
        signing: The keys that sign access tokens.
        tokens: Access tokens.
        attempts: Tries, counted.
        sign_in: How often a sign-in may fail.
        sign_up: How often somebody may sign up.
        proxies: Where a request came from.
        identity: Who asks.
    """

    database: Database
    accounts: Accounts
    sessions: Sessions
    profiles: Profiles
    keys: ApiKeys
    signing: SigningKeys
    tokens: AccessTokens
    attempts: Attempts
    sign_in: Limit
    sign_up: Limit
    proxies: Proxies
    identity: Identity


def open_authority(name: str, settings: Settings, records: Records) -> Authority:
    """The authority of an app.

    Args:
        name: The app's name, which is no password.
        settings: The settings.
        records: The door to the database.

    Raises:
        DeclarationError: A trusted proxy is no address.
    """
    # An app may set narrow limits for questions that come from outside; ours have their own.
    reader = Reader(records.reader.catalog, records.reader.conditions, records.reader.engine, Settings())
    own = replace(records, reader=reader)
    folder = settings.data / "keys"
    signing = SigningKeys(folder)
    tokens = AccessTokens(signing, timedelta(seconds=settings.access_token_seconds))
    sessions = Sessions(own, tokens, settings)
    window = timedelta(seconds=settings.tries_seconds)
    return Authority(
        database=own.database,
        accounts=Accounts(own, sessions, settings.password_length, frozenset({name.casefold(), "mainspring"})),
        sessions=sessions,
        profiles=Profiles(own),
        keys=ApiKeys(own, folder / "secret_key" if settings.dev else None),
        signing=signing,
        tokens=tokens,
        attempts=Attempts(own),
        sign_in=Limit("sign-in", settings.sign_in_tries, window),
        sign_up=Limit("sign-up", settings.sign_up_tries, window),
        proxies=Proxies(settings.trusted_proxies),
        identity=Identity(own.database, reader, tokens, sessions.idle),
    )
