"""The passport: one ordered trace of a proposal across the seam."""

from app.passport.trace import TraceEntry, trace

__all__ = ["TraceEntry", "trace"]
