"""A loaded model, as files for another runtime."""
