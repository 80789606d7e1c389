"""Alembic migrations of the answers' database; they run whenever a database is opened."""
