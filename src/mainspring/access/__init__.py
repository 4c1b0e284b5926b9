"""Access: declared rules become SQL conditions. Nobody else decides what a caller may see or change."""
