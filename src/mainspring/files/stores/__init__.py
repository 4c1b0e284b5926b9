"""One file a store; each keeps the contract of `files.store`."""
