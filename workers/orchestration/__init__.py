"""The orchestrated half's processes: the lifecycle's jobs and clock, and the tracker. No business rule lives here."""


def run() -> None:
    """Orchestrate until asked to stop (the process behind `baton orchestrate`)."""
    from workers.orchestration.worker import run as orchestrate  # the tracker lives here too, and needs no RQ

    orchestrate()
