"""Full-text search: what its four syntaxes find, who finds it, and that no input reaches the engine's own parser."""

import random
from collections.abc import Callable
from itertools import pairwise
from urllib.parse import quote

import pytest
from tests.rest import models
from tests.rest.conftest import Library, Open

ENGINES = ("sqlite", "postgresql", "mariadb")

ALL = ["Moby Dick", "The Waves", "Sea-Fever", "Smilla"]
NOTES = {1: "the Cat sat on a mat", 2: "rats, dogs and a cat", 3: "Das große Éclair des cafés", 4: None}


@pytest.fixture
def noted(library: Library) -> Library:
    """A library whose books have notes."""
    for id, text in NOTES.items():
        library.as_("system").update(models.Book, {"notes": text}, id=id)
    return library


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("plfts.cat", [1, 2]),
        ("plfts.CAT", [1, 2]),
        ("plfts.ca", []),
        ("plfts.cat dogs", [2]),
        ("plfts.dogs, (cat)!", [2]),
        ("plfts.éclair", [3]),
        ("plfts.eclair", []),  # accents count
        ("plfts.GROSSE", []),
        ("plfts.große", [3]),
        ("plfts.", []),
        ("plfts.!&()", []),
        ("phfts.cat sat", [1]),
        ("phfts.sat cat", []),
        ("phfts.rats dogs", [2]),  # signs are no words
        ("wfts.cat -dogs", [1]),
        ("wfts.cat -mat -dogs", []),
        ('wfts."cat sat"', [1]),
        ('wfts.cat -"cat sat"', [2]),
        ("wfts.mat or dogs", [1, 2]),
        ("wfts.cat mat OR éclair", [1, 3]),
        ("wfts.or", []),
        ("wfts.-cat", [3]),
        ("wfts.-cat or mat", [1, 3]),
        ('wfts."cat', [1, 2]),
        ("fts.cat", [1, 2]),
        ("fts.cat & !dogs", [1]),
        ("fts.cat & (rats | mat)", [1, 2]),
        ("fts.cat | éclair & große", [1, 2, 3]),
        ("fts.(cat | éclair) & große", [3]),
        ("fts.!cat", [3]),  # null neither holds nor fails
        ("fts.!!cat", [1, 2]),
        ("fts.!cat | mat", [1, 3]),
        ("fts.!cat & !éclair", []),
        ("fts.!(cat & mat)", [2, 3]),
        ("fts.ca:*", [1, 2, 3]),
        ("fts.'cat sat'", [1]),
        ("fts.cat <-> sat", [1]),
        ("fts.cat<->s:*", [1]),
        ("fts(simple).cat", [1, 2]),
        ("fts.", []),
        ("fts.NEAR & cat", []),
        ("not.plfts.cat", [3]),
        ("not.fts.!cat", [1, 2]),
        ("not.wfts.cat -dogs", [2, 3]),
        ("not.plfts.", [1, 2, 3]),
    ],
)
def test_what_is_found(noted: Library, condition: str, ids: list[int]):
    assert noted.names(f"books?select=id&notes={quote(condition)}", "ann", "id") == ids


@pytest.mark.parametrize(
    ("path", "who", "found"),
    [
        ("books?select=v:id&or=(notes.plfts.mat,id.eq.4)", "ann", [1, 4]),
        ('books?select=v:id&or=(notes.fts."mat | (dogs %26 !sat)",id.eq.4)', "ann", [1, 2, 4]),
        ("books?select=v:id&or=(notes.not.fts(simple).cat,id.eq.4)", "ann", [3, 4]),
        ("books?select=v:id&not.or=(notes.plfts.mat,id.eq.2)", "ann", [3]),
        ("books?select=v:id&not.and=(notes.plfts.cat,id.lt.9)", "ann", [3]),
        ("books?select=v:id&title=plfts.moby", "ann", [1]),
        ("books?select=v:id&title=plfts.sea fever&notes=plfts.cafés", "ann", [3]),
        ("books?select=v:id&title=plfts.moby", "cid", []),
        ("genres?select=v:code&name=plfts.poem", "", ["poem"]),  # a key that is a word
        ("loans?select=v:number&note=plfts.first", "ann", [1]),  # a key of two parts
        # at what is embedded
        ("shelves?select=v:title,books!inner()&books.notes=plfts.cat", "ann", ["Sea"]),
        ("shelves?select=v:title,books!inner()&books.title=plfts.smilla", "ann", ["Ice"]),
        ("shelves?select=v:title,books!inner()&books.title=plfts.smilla", "bob", []),
        ("books?select=v:title,genres!inner()&genres.name=plfts.novel", "ann", ["Moby Dick"]),
        # a field that is hidden in some rows is null there
        ("books?select=v:id&diary=plfts.slow", "ann", [2]),
        ("books?select=v:id&diary=plfts.slow", "bob", []),
        ("books?select=v:id&diary=not.plfts.nothing", "bob", [3]),
        ("books?select=v:id&diary=fts.!nothing", "ann", [2]),
        ("books?select=v:id&or=(diary.plfts.slow,diary.plfts.short)", "bob", [3]),
        ("shelves?select=v:title,books!inner()&books.diary=plfts.short", "ann", []),
        ("shelves?select=v:title,books!inner()&books.diary=plfts.short", "bob", ["Sea"]),
    ],
)
def test_where_and_by_whom(noted: Library, path: str, who: str, found: list[object]):
    assert noted.names(path, who, "v") == found


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ("slug=plfts.x", "42883", "slug: Mapped[str] = field(search=True)"),
        ("pages=fts.1", "42883", "cannot be searched"),
        ("whisper=fts.h", "42703", "no column 'whisper'"),
        ("notes=fts(klingon).cat", "0A000", "'klingon'"),
        ("notes=fts(any).cat", "0A000", "'any'"),
        ("notes=fts.cat dog", "42601", "character 5"),
        ("notes=fts.cat %26", "42601", "cannot be read"),
        ("notes=fts.(cat", "42601", "cannot be read"),
        ("notes=fts.cat)", "42601", "cannot be read"),
        ("notes=fts.cat:A", "42601", "weights"),
        ("notes=fts.cat:*<->dog", "42601", "between words"),
        ("notes=fts.(a|b)<->c", "42601", "between words"),
        ("notes=fts.a <2> b", "42601", "cannot be read"),
        ("notes=fts." + "(" * 30 + "a" + ")" * 30, "54001", "deep"),
        ("notes=fts." + "!" * 30 + "a", "54001", "deep"),
        ("notes=plfts." + "a " * 51, "54000", "51 words"),
        ("notes=plfts.%00", "22P02", "U+0000"),
        ("notes=ftss.a", "PGRST100", "no condition"),
    ],
)
def test_what_is_refused(noted: Library, query: str, code: str, text: str):
    reply = noted.get(f"books?{query}", "ann")
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert text in reply.text


def test_the_number_of_words_is_a_setting(open_with: Open):
    library = open_with(search_words=3)
    assert library.get("books?title=wfts.a or b", "ann").status_code == 200
    assert library.get("books?title=fts.a|b|c|d", "ann").json()["code"] == "54000"


def test_every_write_is_found_at_once(library: Library):
    system = library.as_("system")
    book = system.create(models.Book, shelf=1, title="Ulysses", notes="a day in Dublin")

    def found(word: str, field: str = "notes") -> list[object]:
        return library.names(f"books?{field}=plfts.{word}", "ann", "id")

    assert found("dublin") == [book.id]
    assert library.patch(f"books?id=eq.{book.id}", "ann", json={"notes": "a night in Trieste"}).status_code == 204
    assert (found("dublin"), found("trieste")) == ([], [book.id])
    assert library.patch(f"books?id=eq.{book.id}", "ann", json={"pages": 900}).status_code == 204
    assert library.patch(f"books?id=eq.{book.id}", "ann", json={"notes": None}).status_code == 204
    assert (found("trieste"), found("ulysses", "title")) == ([], [book.id])
    assert library.delete(f"books?id=eq.{book.id}", "ann").status_code == 204
    assert found("ulysses", "title") == []


# -- a second opinion ------------------------------------------------------------------------------------------------------------

WORDS = ("cat", "dog", "rat", "mat", "fish")
Holds = Callable[[list[str]], bool]


def random_formula(chance: random.Random, depth: int) -> tuple[str, Holds]:
    """A formula, and what it means of a text's words."""
    kind = chance.choice(("word", "prefix", "phrase", "not", "and", "or", "and", "or")) if depth else "word"
    one, two = chance.choice(WORDS), chance.choice(WORDS)
    if kind == "word":
        return one, lambda words: one in words
    if kind == "prefix":
        return f"{one[:1]}:*", lambda words: any(word.startswith(one[:1]) for word in words)
    if kind == "phrase":
        return f"{one} <-> {two}", lambda words: (one, two) in pairwise(words)
    text, holds = random_formula(chance, depth - 1)
    if kind == "not":
        return f"!({text})", lambda words: not holds(words)
    other_text, other = random_formula(chance, depth - 1)
    if kind == "and":
        return f"({text}) & ({other_text})", lambda words: holds(words) and other(words)
    return f"({text}) | ({other_text})", lambda words: holds(words) or other(words)


def test_random_formulas_find_what_plain_python_finds(library: Library):
    chance = random.Random(11)
    system = library.as_("system")
    system.delete(models.Book)
    texts = [" ".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(40)]
    ids = {system.create(models.Book, shelf=1, title="x", notes=text).id: text.split() for text in texts}
    found = 0
    for _ in range(300):
        text, holds = random_formula(chance, 4)
        negated = chance.random() < 0.3
        path = f"books?select=id&notes={'not.' if negated else ''}fts.{quote(text, safe='')}"
        wanted = [id for id, words in ids.items() if holds(words) is not negated]
        assert library.names(path, "ann", "id") == wanted, text
        found += bool(wanted)
    assert found > 100


def test_no_input_breaks_the_engines_parser(noted: Library):
    chance = random.Random(5)
    pieces = (
        '"',
        "'",
        "*",
        "^",
        "(",
        ")",
        "{",
        "}",
        ":",
        "-",
        "+",
        "NEAR",
        "AND",
        "OR",
        "NOT",
        "cat",
        " ",
        "&",
        "|",
        "!",
        "<->",
        "\\",
        "é",
        "﷽",
        "\U0001f40b",
        "\u0301",
        ",",
        "title",
        ";",
        "--",
        "%",
        "0",
        "<",
        "²",
        "ª",
    )
    for _ in range(1_500):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 8)))
        operator = chance.choice(("fts", "plfts", "phfts", "wfts"))
        reply = noted.get(f"books?select=id&notes={operator}.{quote(text, safe='')}", "ann")
        assert reply.status_code in ({200, 400} if operator == "fts" else {200}), (operator, text, reply.text)


def test_people_are_not_told_what_others_keep(noted: Library):
    assert noted.get("books?diary=plfts.slow", "bob", prefer="count=exact").headers["Content-Range"] == "*/0"
