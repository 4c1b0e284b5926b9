"""Changes: parse (body → rows) → check (types, names, rules) → apply (writes), all through one door."""
