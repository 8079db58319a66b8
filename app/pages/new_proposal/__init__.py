"""New proposal: lines typed or from a file, a dry run of them, and only then a submission. Every draft is kept."""
