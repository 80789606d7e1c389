"""Create the tables of studies, participants and answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "studies",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("next_number", sa.Integer, nullable=False),
    )
    op.create_table(
        "participants",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("study", sa.String(32), sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("study", "number"),
    )
    op.create_table(
        "answers",
        sa.Column("participant", sa.Integer, sa.ForeignKey("participants.id"), primary_key=True),
        sa.Column("trial", sa.Integer, primary_key=True),
        sa.Column("choice", sa.String(40), nullable=False),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables, and all answers with them."""
    for table in ("answers", "participants", "studies"):
        op.drop_table(table)
