"""Random reads, of what may be seen and what may not: for tests that hold the answers of two databases against each other."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

FUNCTIONS = ("count", "sum", "avg", "min", "max", "median", "p90", "stddev", "variance", "month", "hour")
ACCEPTED = ("application/json", "application/json", "application/json", "text/csv", "application/xml", "application/x-ndjson")
RARE = (
    "application/vnd.pgrst.object+json",
    "application/vnd.pgrst.object+xml",
    "application/vnd.pgrst.array+json;nulls=stripped",
    "application/problem+json",
    "application/vnd.pgrst.plan+text",
    "application/vnd.pgrst.plan+json;options=analyze",
)
OWN_TO_EACH = {"date", "server-timing", "x-request-id"}


@dataclass(frozen=True)
class Table:
    """What may be asked of a table.

    Attributes:
        fields: Its fields, some of which are hidden in some records.
        hidden: Fields that are unknown to who asks, and some that are not there.
        conditions: What may be asked of its fields, such as `title=eq.Sea`.
        embeds: What it may embed, and of which table that is.
    """

    fields: Sequence[str]
    hidden: Sequence[str]
    conditions: Sequence[str]
    embeds: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Read:
    """A question: its path below the room, and its headers."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"


class Reads:
    """Makes random reads of tables."""

    def __init__(self, tables: Mapping[str, Table], chance: random.Random) -> None:
        self._tables = tables
        self._chance = chance

    def next(self) -> Read:
        """One more."""
        chance = self._chance
        name = chance.choice([*self._tables])
        pairs: list[str] = []
        select = self._select(name, 2, pairs, "")
        pairs += [self._condition(name, "") for _ in range(chance.choice((0, 0, 1, 1, 2)))]
        if chance.random() < 0.2:
            inside = ",".join(self._condition(name, "").replace("=", ".", 1) for _ in range(2))
            pairs.append(f"{chance.choice(('or', 'and', 'not.or'))}=({inside})")
        if chance.random() < 0.4:
            pairs.append(f"order={self._order(name)}")
        pairs += [f"limit={chance.randint(0, 3)}"] * (chance.random() < 0.4) + ["offset=1"] * (chance.random() < 0.1)
        pairs += ["numbers=text"] * (chance.random() < 0.05)
        query = "&".join(quote(pair, safe="=,()*:!.>&") for pair in [f"select={select}", *pairs])
        headers = {"accept": chance.choice(ACCEPTED if chance.random() < 0.8 else RARE)}
        if chance.random() < 0.4:
            headers["prefer"] = f"count={chance.choice(('exact', 'planned', 'estimated'))}"
        if chance.random() < 0.1:
            headers["range"] = chance.choice(("0-1", "1-3", "7-9"))
        return Read(f"{name}?{query}", headers, "HEAD" if chance.random() < 0.05 else "GET")

    def _select(self, name: str, depth: int, pairs: list[str], path: str) -> str:
        chance, table = self._chance, self._tables[name]
        shown: list[str] = []
        if chance.random() < 0.2:
            shown.append("*")
        elif chance.random() < 0.25:
            shown += [f"a{number}:{self._field(table)}.{chance.choice(FUNCTIONS)}()" for number in range(2)]
            shown += ["count()"]
        else:
            shown += dict.fromkeys(self._field(table) for _ in range(chance.randint(1, 3)))
        if depth and table.embeds and chance.random() < 0.5:
            embed = chance.choice([*table.embeds])
            target = table.embeds[embed]
            inner = self._select(target, depth - 1, pairs, f"{path}{embed}.")
            shown.append(f"{chance.choice(('', '', '...'))}{embed}{chance.choice(('', '!inner'))}({inner})")
            if chance.random() < 0.4:
                pairs.append(self._condition(target, f"{path}{embed}."))
            if chance.random() < 0.2:
                pairs.append(f"{path}{embed}={chance.choice(('is.null', 'not.is.null'))}")
            if chance.random() < 0.2:
                pairs.append(f"{path}{embed}.order={self._order(target)}")
            if chance.random() < 0.2:
                pairs.append(f"{path}{embed}.limit=1")
        return ",".join(shown)

    def _condition(self, name: str, path: str) -> str:
        chance, table = self._chance, self._tables[name]
        negated = chance.choice(("", "", "not."))
        if chance.random() < 0.3:
            return f"{path}{self._field(table)}={negated}is.null"
        field, _, rest = chance.choice(table.conditions).partition("=")
        return f"{path}{field}={negated}{rest}"

    def _field(self, table: Table) -> str:
        hidden = table.hidden and self._chance.random() < 0.05
        return self._chance.choice(table.hidden if hidden else table.fields)

    def _order(self, name: str) -> str:
        chance, table = self._chance, self._tables[name]
        words = [self._field(table) for _ in range(chance.randint(1, 2))]
        if table.embeds and chance.random() < 0.3:
            embed = chance.choice([*table.embeds])
            words.append(f"{embed}({self._field(self._tables[table.embeds[embed]])})")
        return ",".join(f"{word}{chance.choice(('', '.desc', '.nullsfirst'))}" for word in words)


Ask = Callable[[Read], httpx.Response]


def compare(reads: Reads, number: int, one: Ask, other: Ask) -> int:
    """Ask two the same, what follows from their answers too, and hold them equal; gives how many were answered."""
    answered = 0
    for _ in range(number):
        read: Read | None = reads.next()
        while read is not None:
            replies = [ask(read) for ask in (one, other)]
            first, second = [_whole(each) for each in replies]
            assert first == second, read
            answered += replies[0].status_code < 300
            read = _following(read, replies[0])
    return answered


def _whole(reply: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    kept = [(name, text) for name, text in reply.headers.multi_items() if name not in OWN_TO_EACH]
    return reply.status_code, kept, reply.content


def _following(read: Read, reply: httpx.Response) -> Read | None:
    """The next page, or the same question by somebody who knows the answer."""
    if "next" in reply.links and "after=" not in read.path:
        return Read(reply.links["next"]["url"].removeprefix("/rest/v1/"), read.headers)
    if "etag" in reply.headers and "if-none-match" not in read.headers:
        return Read(read.path, {**read.headers, "if-none-match": reply.headers["etag"]})
    return None
