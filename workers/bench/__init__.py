"""Measurements on real processes, in a temporary directory of their own."""
