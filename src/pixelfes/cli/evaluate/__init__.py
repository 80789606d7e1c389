"""``pixelfes evaluate``."""
