"""Who belongs here, and in which roles: the commands that change it, each audited and in its caller's transaction.

Rests on identity (rows, sessions, tokens) and on the lifecycle (audit, delegations); knows no page and no request.
"""
