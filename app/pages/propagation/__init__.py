"""Propagation: every repricing in every context, live; what fails by cause, and trying it again."""
