"""Fictional people: a neutral and a smiling portrait each, of somebody who does not exist."""
