"""Full-text search in PostgreSQL: an index of the words of each searchable field."""

from mainspring.database.search import Either, Every, Search, Without, Words
from mainspring.errors import BadRequest

SIMPLE = "simple"
CONFIGURATIONS = frozenset(
    {
        "simple",
        "arabic",
        "armenian",
        "basque",
        "catalan",
        "danish",
        "dutch",
        "english",
        "finnish",
        "french",
        "german",
        "greek",
        "hindi",
        "hungarian",
        "indonesian",
        "irish",
        "italian",
        "lithuanian",
        "nepali",
        "norwegian",
        "portuguese",
        "romanian",
        "russian",
        "serbian",
        "spanish",
        "swedish",
        "tamil",
        "turkish",
        "yiddish",
    }
)
"""The configurations that every PostgreSQL has. The index serves `simple`, others read the texts."""


def configuration_name(name: str | None) -> str:
    """The name of a configuration that is known.

    Raises:
        BadRequest: It is not.
    """
    if name is not None and name not in CONFIGURATIONS:
        raise BadRequest(
            f"PostgreSQL has no configuration '{name[:40]}' of full-text search",
            code="0A000",
            hint=f"configurations are: {', '.join(sorted(CONFIGURATIONS))}",
        )
    return name or SIMPLE


def write_search(search: Search) -> str:
    """A query as `to_tsquery` reads it. Each word is quoted, so that nothing that a caller wrote is a sign of its language."""
    match search:
        case Words(text, prefix):
            words = ["'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in text.split()]
            return f"({' <-> '.join(words)}{':*' if prefix else ''})"
        case Every(parts):
            return f"({' & '.join(map(write_search, parts))})"
        case Either(parts):  # without parts it is the query of no words, which finds nothing
            return f"({' | '.join(map(write_search, parts))})" if parts else ""
        case Without(kept, left_out):
            return f"({write_search(kept)} & !{write_search(left_out)})"
