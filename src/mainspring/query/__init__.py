"""Questions: parse (URL → Ask) → plan (names, rules → Plan) → compile (Plan → SQL, kept) → run → encode."""
