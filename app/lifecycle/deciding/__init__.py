"""What people decide, on what they saw, by when, and in whose name.

Knows nothing of how prices go out.
"""
