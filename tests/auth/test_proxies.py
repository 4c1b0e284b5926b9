import pytest

from mainspring.auth.proxies import UNKNOWN, Proxies
from mainspring.errors import DeclarationError


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ((), "203.0.113.9", [], "203.0.113.9"),
        ((), "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # nobody is believed
        (("127.0.0.1",), "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # this one is no proxy of ours
        (("127.0.0.1",), "127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        (("127.0.0.1",), "127.0.0.1", ["10.9.9.9, 198.51.100.1"], "198.51.100.1"),  # what stands before may be invented
        (("127.0.0.1", "10.0.0.0/8"), "127.0.0.1", ["6.6.6.6, 198.51.100.1, 10.1.1.1"], "198.51.100.1"),
        (("127.0.0.1", "10.0.0.0/8"), "127.0.0.1", ["198.51.100.1", "10.1.1.1"], "198.51.100.1"),  # two headers are one list
        (("127.0.0.1",), "127.0.0.1", [], "127.0.0.1"),
        (("::1",), "::1", ["2001:db8::1"], "2001:db8::1"),
        ((), None, ["198.51.100.1"], UNKNOWN),
    ],
)
def test_the_client_is_found(trusted: tuple[str, ...], peer: str | None, forwarded: list[str], client: str):
    assert Proxies(trusted).find_client(peer, forwarded) == client


def test_a_proxy_that_is_no_address_stops_the_start():
    with pytest.raises(DeclarationError, match="'nginx' is no address; write it like"):
        Proxies(("nginx",))
