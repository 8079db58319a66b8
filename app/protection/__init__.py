"""Which rows of the pricing store are protected, and what a transaction does to them.

Knows tables by name alone. What becomes of it, sealing and comparing, is `app.lifecycle.audit.evidence`'s.
"""
