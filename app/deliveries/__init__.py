"""The tracker's read model: every repricing and what each context did with it. It observes and never commands."""
