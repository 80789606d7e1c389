"""``pixelfes study``."""
