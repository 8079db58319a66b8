"""Every table of the pricing store, for Alembic to compare with."""

from importlib import import_module

RECORDS = (
    "app.installation",
    "app.alarms",
    "app.identity.records",
    "app.outbox.records",
    "app.pricelist.records",
    "app.lifecycle.records",
    "app.deliveries.records",
    "app.intake.records",
)


def load() -> None:
    """Import every module that declares tables of the pricing store."""
    for module in RECORDS:
        import_module(module)
