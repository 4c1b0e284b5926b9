"""Where a request came from: the socket's address, or what proxies that are believed say of it."""

import ipaddress
from collections.abc import Sequence

from mainspring.errors import DeclarationError

UNKNOWN = "unknown"
"""The address of whoever comes through a socket without one. They all count as one."""


class Proxies:
    """The proxies whose `X-Forwarded-For` is believed.

    Args:
        trusted: Their addresses, or networks such as `10.0.0.0/8`.

    Raises:
        DeclarationError: One is neither.
    """

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [_network(text) for text in trusted]

    def find_client(self, peer: str | None, forwarded: Sequence[str]) -> str:
        """The address of the client.

        Args:
            peer: The socket's address, or None where it has none.
            forwarded: The values of `X-Forwarded-For`, in their order. Each proxy wrote behind the others whom it spoke to, so
                the last one that is no proxy of ours is the client, and what stands before it may be invented.
        """
        client = peer or UNKNOWN
        told = [part.strip() for value in forwarded for part in value.split(",")]
        while told and self._trusts(client):
            client = told.pop()
        return client

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise DeclarationError(
            f"MAINSPRING_TRUSTED_PROXIES: {text!r} is no address; write it like 10.0.0.1 or 10.0.0.0/8"
        ) from None
