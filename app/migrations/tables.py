"""Every table of the pricing store, for Alembic and the audit trail to compare with."""

from types import ModuleType


def load() -> tuple[ModuleType, ...]:
    """Import, and return, every module that declares tables of the pricing store."""
    from app import alarms, installation
    from app.deliveries import records as deliveries
    from app.identity import records as identity
    from app.intake import records as intake
    from app.lifecycle import records as lifecycle
    from app.lifecycle import rule_records as rules
    from app.outbox import records as outbox
    from app.pricelist import records as pricelist

    return alarms, deliveries, identity, installation, intake, lifecycle, outbox, pricelist, rules
