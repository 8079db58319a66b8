"""Temporary prices and their end: the return that belongs to a plan, line by line, whatever else happens."""
