"""The tables of the database. The migrations create the same tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base class of the tables."""


class StudyRow(Base):
    """A study with answers in this database. A PostgreSQL database may hold several studies."""

    __tablename__ = "studies"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    simulated: Mapped[bool]
    next_number: Mapped[int]


class ParticipantRow(Base):
    """A person who has consented: the hash of a token, and the trials. Nothing else about a person is stored."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("study", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study: Mapped[str] = mapped_column(ForeignKey("studies.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[int]
    plan: Mapped[list[list[Any]]] = mapped_column(JSON)
    consented_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AnswerRow(Base):
    """An answer. The primary key allows one answer for each participant and trial."""

    __tablename__ = "answers"

    participant: Mapped[int] = mapped_column(ForeignKey("participants.id"), primary_key=True)
    trial: Mapped[int] = mapped_column(primary_key=True)
    choice: Mapped[str] = mapped_column(String(40))
    milliseconds: Mapped[int]
    answered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
