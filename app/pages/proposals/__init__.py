"""Proposals: every proposal there ever was, by status, text and author. Filters and the page are in the URL."""
