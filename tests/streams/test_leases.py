import socket
import subprocess
import sys

from app.contracts.streams import lease_key
from tests.redis_server import RedisServer
from workers.loop import Lease, died_here, process_name
from workers.streams.leases import PartitionLeases


def leases(valkey: RedisServer, context: str = "catalog") -> PartitionLeases:
    return PartitionLeases(valkey.client(), context, process_name(context))


def test_a_worker_alone_reads_everything(valkey: RedisServer) -> None:
    alone = leases(valkey)
    alone.renew()
    assert alone.owned == frozenset(range(16))


def test_two_workers_share_and_never_overlap(valkey: RedisServer) -> None:
    first, second = leases(valkey), leases(valkey)
    for _ in range(3):
        first.renew()
        second.renew()
    assert (len(first.owned), len(second.owned)) == (8, 8)
    assert not first.owned & second.owned


def test_three_workers_leave_no_partition_unread(valkey: RedisServer) -> None:
    workers = [leases(valkey) for _ in range(3)]
    for _ in range(4):
        for worker in workers:
            worker.renew()
    assert frozenset().union(*(worker.owned for worker in workers)) == frozenset(range(16))
    assert max(len(worker.owned) for worker in workers) <= 6


def test_contexts_do_not_share(valkey: RedisServer) -> None:
    catalog, search = leases(valkey, "catalog"), leases(valkey, "search")
    catalog.renew()
    search.renew()
    assert catalog.owned == search.owned == frozenset(range(16))


def test_leaving_hands_over_at_once(valkey: RedisServer) -> None:
    first, second = leases(valkey), leases(valkey)
    first.renew()
    first.let_go()
    second.renew()
    assert len(second.owned) == 16


def test_a_lease_runs_out(valkey: RedisServer) -> None:
    leases(valkey).renew()
    assert 0 < int(valkey.client().pttl(lease_key("catalog", 7))) <= 5000


def test_an_emptied_redis_is_noticed(valkey: RedisServer) -> None:
    lease = Lease(valkey.client(), "px:one", process_name("one"))
    assert lease.hold()
    assert lease.taken_afresh
    assert lease.hold()
    assert not lease.taken_afresh
    valkey.client().flushall()
    assert lease.hold()
    assert lease.taken_afresh


def test_a_holder_that_died_on_this_host_is_not_waited_for(valkey: RedisServer) -> None:
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    dead = f"catalog.{socket.gethostname()}.{gone.pid}.abcd"
    assert died_here(dead)
    assert Lease(valkey.client(), "px:one", dead).hold()
    assert Lease(valkey.client(), "px:one", process_name("catalog")).hold()


def test_a_worker_that_died_here_leaves_its_whole_share_at_once(valkey: RedisServer) -> None:
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    gone.wait()
    PartitionLeases(valkey.client(), "catalog", f"catalog.{socket.gethostname()}.{gone.pid}.abcd").renew()
    heir = leases(valkey)
    heir.renew()
    assert (heir.workers, heir.owned) == (1, frozenset(range(16)))


def test_a_holder_that_lives_is_respected(valkey: RedisServer) -> None:
    assert Lease(valkey.client(), "px:one", process_name("catalog")).hold()
    assert not Lease(valkey.client(), "px:one", process_name("catalog")).hold()
    assert not died_here(f"catalog.elsewhere.{2**22}.abcd")
