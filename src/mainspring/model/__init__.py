"""Models: what an app's author declares, and the catalog that the rest of the house reads."""
