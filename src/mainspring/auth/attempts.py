"""Tries, counted for each address in the database, so that all processes of a server count together."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from mainspring import clock
from mainspring.auth.tables import Attempt
from mainspring.change.records import Records
from mainspring.context import Who
from mainspring.errors import TooManyTries
from mainspring.query.ask import Condition, Order

_NETWORK_BITS = 64
"""What a subscriber of IPv6 is given at least: all its addresses count as one."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How often something may be tried from one address.

    Attributes:
        action: What is tried, such as `sign-in`.
        tries: How often within the window.
        window: How long a try counts.
    """

    action: str
    tries: int
    window: timedelta


class Attempts:
    """Counts tries.

    Args:
        records: The door to the database.
    """

    def __init__(self, records: Records) -> None:
        self._records = records.as_(Who.system("counting tries"))

    def take(self, limit: Limit, address: str) -> int:
        """Count one try from an address, before it is made, so that tries at the same time cannot pass the limit together.

        Returns:
            The attempt's id, for `give_back`.

        Raises:
            TooManyTries: There were as many as there may be; it says when the next may follow.
        """
        place = _place(address)

        def count(records: Records) -> int:
            now = clock.now()
            records.delete(Attempt, Condition("at", "lt", now - limit.window), action=limit.action)
            made = records.all(Attempt, order=[Order("at")], limit=limit.tries, action=limit.action, address=place)
            if len(made) >= limit.tries:
                raise _too_many(limit, made[0].at + limit.window - now)
            created = records.create(Attempt, action=limit.action, address=place, at=now)
            return int(created.id)

        return self._records.transact(count)

    def give_back(self, attempt: int) -> None:
        """Take an attempt out of the count: it succeeded."""
        self._records.delete(Attempt, id=attempt)


def _place(address: str) -> str:
    """What counts as one address: one of IPv4, or one network of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:50]  # a socket without an address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _NETWORK_BITS), strict=False))


def _too_many(limit: Limit, wait: timedelta) -> TooManyTries:
    seconds = max(1, -(-wait // timedelta(seconds=1)))  # rounded up
    return TooManyTries(
        "Request rate limit reached",
        hint=f"try again in {seconds} seconds",
        headers=[
            ("Retry-After", str(seconds)),
            ("RateLimit-Policy", f'"{limit.action}";q={limit.tries};w={limit.window // timedelta(seconds=1)}'),
            ("RateLimit", f'"{limit.action}";r=0;t={seconds}'),
        ],
    )
