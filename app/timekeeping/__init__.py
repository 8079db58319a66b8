"""What local times, working hours and freezes mean as instants. Pure: the current time is always an argument.

Knows no proposal, no timer and no store; whoever keeps timers asks it when they are due.
"""
