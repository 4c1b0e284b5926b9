"""The one place that reads the time, so that every stamp is UTC, aware and comparable."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, to the microsecond."""
    return datetime.now(UTC)
