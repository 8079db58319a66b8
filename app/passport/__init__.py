"""The passport: one ordered trace of a proposal across the seam, and what the contexts did with each of its waves."""

from app.passport.trace import TraceEntry, trace
from app.passport.wave_evidence import WaveOut, evidence_of, waves_out

__all__ = ["TraceEntry", "WaveOut", "evidence_of", "trace", "waves_out"]
