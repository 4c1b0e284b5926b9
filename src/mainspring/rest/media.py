"""The media types of records."""

JSON = "application/json"
NDJSON = "application/x-ndjson"
XML = "application/xml"
CSV = "text/csv"
FORM = "application/x-www-form-urlencoded"
OPENAPI = "application/openapi+json"
MULTIPART = "multipart/form-data"

ONE = "application/vnd.pgrst.object+json"
"""Asks for one object instead of a list."""

ONE_XML = "application/vnd.pgrst.object+xml"
"""Asks for one record in XML instead of a list."""

LIST = "application/vnd.pgrst.array+json"
"""Asks for a list, as JSON does."""

PLAN = "application/vnd.pgrst.plan"
PLAN_TEXT = f"{PLAN}+text"
PLAN_JSON = f"{PLAN}+json"
"""Ask for the plan of a question instead of its answer."""
