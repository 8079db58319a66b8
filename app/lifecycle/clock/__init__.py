"""Appointments of the lifecycle: timers as rows, what each is for, and what the days ahead hold."""
