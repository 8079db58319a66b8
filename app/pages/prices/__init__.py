"""Prices: the authoritative price beside what each context believes; history, facts and locks of a product."""
