"""What a process of ours imports stays: nothing looks for garbage in it, neither meanwhile nor afterwards."""

import gc

import pytest

from workers.machine.garbage_collection import keeping_all


def test_nothing_is_collected_meanwhile_and_everything_afterwards_but_what_is_there() -> None:
    before = gc.get_freeze_count()
    with keeping_all():
        meanwhile = gc.isenabled()
        kept: list[object] = [[] for _ in range(1_000)]

    assert (meanwhile, gc.isenabled()) == (False, True)
    assert gc.get_freeze_count() >= before + len(kept)


def test_an_import_that_fails_leaves_the_collector_at_work() -> None:
    with pytest.raises(ImportError), keeping_all():
        raise ImportError

    assert gc.isenabled()
