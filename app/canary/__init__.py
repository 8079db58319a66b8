"""How a price change is let out in waves, and what must hold before the next one. Pure: values in, values out.

Knows no store, no status and no context by name; the lifecycle asks it and acts on the answer.
"""
