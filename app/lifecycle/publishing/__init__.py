"""Prices go out: the last look at their facts, the steps, the canary's course, and the brakes.

Announces through the outbox; knows no context.
"""
