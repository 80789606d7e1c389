"""``pixelfes apply``."""
