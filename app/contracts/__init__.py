"""The published language: what crosses the seam and what the contexts answer. Imports nothing of ours."""
