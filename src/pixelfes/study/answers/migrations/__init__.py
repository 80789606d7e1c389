"""Alembic's migrations of the database of answers, run at every start."""
