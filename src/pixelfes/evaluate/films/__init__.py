"""How steady films are: jitter, flicker and lag."""
