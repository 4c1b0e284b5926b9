"""The plan of a question instead of its answer, for administrators: it shows SQL, and tables that the question did not name."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mainspring.context import Who
from mainspring.errors import BadRequest
from mainspring.query.encode.json import encode_json
from mainspring.query.explain import Explained
from mainspring.rest.http.formats import Format, choose_format
from mainspring.rest.media import PLAN, PLAN_JSON, PLAN_TEXT

_PARAMETER = re.compile(r';\s*(for|options)=(?:"([^"]*)"|([^;,"]*))')
_OPTIONS = frozenset({"analyze", "verbose", "settings", "buffers", "wal"})


@dataclass(frozen=True, slots=True)
class Explaining:
    """How a plan is asked for.

    Attributes:
        media: The media type that was asked for.
        format: The format of the answer that is explained.
        analyze: Whether the statements are run, to tell what that costs.
    """

    media: str
    format: Format
    analyze: bool

    @property
    def header(self) -> tuple[str, str]:
        """The header that names its media type."""
        return "content-type", f'{self.media}; for="{self.format.media}"; charset=utf-8'

    def encode(self, statements: Sequence[Explained]) -> bytes:
        """The answer."""
        if self.media == PLAN_JSON:
            return encode_json([{"statement": each.sql, "plan": each.plan} for each in statements])
        return "\n\n".join(f"{each.sql}\n\n{_text(each.plan)}" for each in statements).encode() + b"\n"


def read_explaining(accept: str, who: Who) -> Explaining | None:
    """How a plan is asked for; None where none is, or not by an administrator, for whom alone there are plans.

    Raises:
        NotAcceptable: The answer that is to be explained cannot be given.
        BadRequest: An option is not known.
    """
    media = accept.partition(";")[0].strip().lower()
    if media not in {PLAN, PLAN_JSON, PLAN_TEXT} or not who.administrator:
        return None
    found = {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(accept)}
    options = {word.strip() for word in found.get("options", "").split("|")} - {""}
    if not options <= _OPTIONS:
        unknown = ", ".join(sorted(options - _OPTIONS))[:100]
        raise BadRequest(f"a plan has no option {unknown}", code="PGRST107", hint=f"options are: {', '.join(sorted(_OPTIONS))}")
    return Explaining(PLAN_JSON if media == PLAN_JSON else PLAN_TEXT, choose_format(found.get("for", "")), "analyze" in options)


def _text(plan: object) -> str:
    """A plan as people read it: an engine gives lines, or something deeper."""
    return plan if isinstance(plan, str) else json.dumps(plan, indent=2, default=str)
