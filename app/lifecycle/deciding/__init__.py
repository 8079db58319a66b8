"""What people decide, on what they saw, by when, and in whose name.

How prices go out is none of its business; it asks only whether they do.
"""
