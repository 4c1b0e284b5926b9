"""Which of several media types a request's `Accept` likes best (RFC 9110, 12.5.1)."""

import re
from collections.abc import Iterator, Sequence

_QUALITY = re.compile(r";\s*q=([01](?:\.\d{0,3})?)\s*$", re.IGNORECASE)
_MOST = 50
"""Parts of an `Accept` that are looked at."""


def choose(accept: str, offers: Sequence[str]) -> str | None:
    """The offer that `accept` likes best, or None where it takes none of them.

    Where it likes several as well, one that it names wins over one that it means by `*`, then what it names first, then what is
    offered first.

    Args:
        accept: The header, or nothing, which takes everything. Browsers, which name `text/html`, name XML too and would rather
            have anything else: what they say of it is passed over.
        offers: Media types without parameters, in lower case.
    """
    if not accept.strip():
        return offers[0]
    wishes = list(_wishes(accept))
    if any(media == "text/html" for media, _ in wishes):
        wishes = [wish for wish in wishes if wish[0] != "application/xml"]
    best: tuple[float, int, int, int] | None = None
    chosen = None
    for number, offer in enumerate(offers):
        score = _score(wishes, offer)
        if score is not None and score[0] > 0 and (best is None or (*score, -number) > best):
            best, chosen = (*score, -number), offer
    return chosen


def _wishes(accept: str) -> Iterator[tuple[str, float]]:
    """Media ranges and how much each is liked, from 0 to 1."""
    for part in accept.split(",")[:_MOST]:
        media = part.partition(";")[0].strip().lower()
        quality = _QUALITY.search(part)
        yield media, min(float(quality[1]), 1.0) if quality else 1.0


def _score(wishes: Sequence[tuple[str, float]], offer: str) -> tuple[float, int, int] | None:
    """How well the most exact range that fits an offer likes it, how exact that range is, and where it stands."""
    ranges = {offer: 2, f"{offer.partition('/')[0]}/*": 1, "*/*": 0}
    fitting = [(ranges[media], -place, quality) for place, (media, quality) in enumerate(wishes) if media in ranges]
    if not fitting:
        return None
    exact, place, quality = max(fitting)
    return quality, exact, place
