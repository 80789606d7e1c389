"""``pixelfes fit``."""
