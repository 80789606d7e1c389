"""``pixelfes live``."""
