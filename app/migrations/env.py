"""Alembic's entry: one connection, handed in by `app.migrations.migrate`, or opened from the settings."""

from alembic import context
from sqlmodel import SQLModel

from app.database import engine
from app.migrations.tables import load

load()
given = context.config.attributes.get("connection")
if given is not None:
    context.configure(connection=given, target_metadata=SQLModel.metadata, render_as_batch=True)
    context.run_migrations()
else:
    with engine().begin() as connection:
        context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
        context.run_migrations()
