"""The orchestrated half: one owner takes a proposal from submission to publication and, if need be, back.

Owns sequence, authority and compensation. Knows no context and never talks to Redis. `commands` is its one door; what
may happen stands in `table/`, how each deed is done in the room named after it.
"""
