"""Roles, permissions, and the one table that joins them."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is here for. A person may have several."""

    ANALYST = "analyst"
    APPROVER = "approver"
    OPERATOR = "operator"
    OWNER = "owner"
    AUDITOR = "auditor"
    EMERGENCY = "emergency"
    MEASURER = "measurer"


DOES: dict[Role, str] = {
    Role.ANALYST: "proposes price changes",
    Role.APPROVER: "decides what the rules leave open, and lends that right",
    Role.OPERATOR: "watches prices arrive, locks them, freezes and stops publishing",
    Role.OWNER: "owns the rules and says who belongs",
    Role.AUDITOR: "reads who did what",
    Role.EMERGENCY: "publishes at once or stops all publishing",
    Role.MEASURER: "posts measures of canaries (a feed)",
}
"""What each role is for, in words for people."""


class Permission(StrEnum):
    """One thing that may be done; every route and every event handler names exactly one."""

    READ = "read"
    SUBMIT = "submit"
    DECIDE = "decide"
    DECIDE_ESCALATED = "decide-escalated"
    STEER_CANARY = "steer-canary"
    POST_MEASURES = "post-measures"
    EXPEDITE = "expedite"
    FREEZE = "freeze"
    STOP_PUBLISHING = "stop-publishing"
    ROLL_BACK = "roll-back"
    LOCK_PRICES = "lock-prices"
    EDIT_RULES = "edit-rules"
    READ_AUDIT = "read-audit"
    MANAGE_USERS = "manage-users"
    RETIRE_CONTEXTS = "retire-contexts"
    LIST_PRODUCTS = "list-products"
    SUPPLY_FACTS = "supply-facts"


PERMISSIONS: dict[Permission, frozenset[Role]] = {
    Permission.READ: frozenset(Role),
    Permission.SUBMIT: frozenset({Role.ANALYST}),
    Permission.DECIDE: frozenset({Role.APPROVER}),
    Permission.DECIDE_ESCALATED: frozenset({Role.OWNER}),
    Permission.STEER_CANARY: frozenset({Role.APPROVER, Role.OPERATOR}),
    Permission.POST_MEASURES: frozenset({Role.OPERATOR, Role.MEASURER}),
    Permission.EXPEDITE: frozenset({Role.EMERGENCY}),
    Permission.FREEZE: frozenset({Role.OPERATOR, Role.OWNER}),
    Permission.STOP_PUBLISHING: frozenset({Role.OPERATOR, Role.OWNER, Role.EMERGENCY}),
    Permission.ROLL_BACK: frozenset({Role.OPERATOR, Role.APPROVER}),
    Permission.LOCK_PRICES: frozenset({Role.OPERATOR, Role.OWNER}),
    Permission.EDIT_RULES: frozenset({Role.OWNER}),
    Permission.READ_AUDIT: frozenset({Role.AUDITOR, Role.OWNER}),
    Permission.MANAGE_USERS: frozenset({Role.OWNER}),
    Permission.RETIRE_CONTEXTS: frozenset({Role.OPERATOR, Role.OWNER}),
    Permission.LIST_PRODUCTS: frozenset({Role.OPERATOR, Role.OWNER}),
    Permission.SUPPLY_FACTS: frozenset({Role.OPERATOR, Role.OWNER, Role.MEASURER}),
}
