"""What the whole product means by its simplest words, and how numbers are written: money, percent, duration, counting.

Pure; imports nothing of ours.
"""
