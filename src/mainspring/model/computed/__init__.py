"""What is computed of fields: columns and relations, `@computed`."""
