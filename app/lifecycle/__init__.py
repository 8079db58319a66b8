"""The orchestrated half: one owner takes a proposal from submission to publication and, if need be, back.

Owns sequence, authority and compensation. Knows no context and never talks to Redis.
"""
