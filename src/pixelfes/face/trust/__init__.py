"""Decide which faces can be changed, and say why others cannot."""
