"""Importing without looking for garbage: a process of ours makes half a million objects before it does anything.

All of them stay. Looking through them again and again while they come takes a tenth of a start, and looking through
them ever after lengthens every pause.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def keeping_all() -> Iterator[None]:
    """Collect nothing meanwhile, and leave alone for good what is there at the end."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
