"""Records → bytes: one file for each format, all with the verbs of `encoder`."""
