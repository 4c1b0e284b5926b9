"""What a writer knows of a record, and wants to be still so when it is changed: nobody's change is then overwritten unseen."""

from dataclasses import dataclass

from mainspring.errors import Stale


@dataclass(frozen=True, slots=True)
class Precondition:
    """How the record that a change is about must be (RFC 9110, 13.1).

    Attributes:
        versions: The versions of which it must have one; None where any will do.
        absent: Whether it must not be there instead.
    """

    versions: frozenset[str] | None = None
    absent: bool = False

    def check(self, version: str | None) -> None:
        """Refuse where it is otherwise.

        Args:
            version: The version that the record has; None where its writer sees none.

        Raises:
            Stale: It is.
        """
        if self.absent:
            if version is not None:
                raise Stale("there is such a record already")
        elif version is None:
            raise Stale("there is no such record any more")
        elif self.versions is not None and version not in self.versions:
            hint = "read it again, and make your change to what it is now"
            raise Stale("the record has changed since it was read", details=f"its version is {version}", hint=hint)
