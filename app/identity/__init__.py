"""Who may do what: people, roles, sessions, tokens and the guard of every event handler.

Knows no proposal and no price; the lifecycle decides about those with the `Actor` it is given.
"""
