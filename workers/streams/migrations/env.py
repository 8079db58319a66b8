"""Alembic's entry point for a context's store; the connection comes from `workers.streams.store.migrate`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
