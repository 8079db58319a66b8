"""The commands of `baton`, one file for each group of them. A command imports what it needs when it is called."""
