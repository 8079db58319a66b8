"""One build for every port: the bundle calls whoever served it."""

import socket
from pathlib import Path

import pytest

from tests.ports import Held
from workers.machine.frontend import content_key
from workers.machine.ports import is_free, take
from workers.machine.same_origin import SameOriginPlugin, relative_to_page
from workers.machine.supervision import Program, configuration

BUILT = "var e={PING:`http://localhost:8000/ping`,EVENT:`ws://localhost:8000/_event`,TEST_MODE:!1};"


@pytest.mark.parametrize("quote", ["`", '"', "'"])
def test_no_port_is_left_in_the_bundle(quote: str) -> None:
    rewritten = relative_to_page(BUILT.replace("`", quote))

    assert "8000" not in rewritten
    assert 'location.origin.replace(/^http/,"ws")' in rewritten
    assert '"/_event"' in rewritten


def test_a_build_that_names_no_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "reflex-env.js").write_text("var e={EVENT:`/_event`}")

    with pytest.raises(RuntimeError, match="names no backend address"):
        SameOriginPlugin().post_build(static_dir=tmp_path)


def test_a_changed_page_or_lock_means_another_build_and_a_changed_test_does_not(tmp_path: Path) -> None:
    for folder in ("app", "reflex.lock", "tests"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file.txt").write_text("before")
    (tmp_path / "rxconfig.py").write_text("before")
    before = content_key(tmp_path)

    (tmp_path / "tests" / "file.txt").write_text("after")
    assert content_key(tmp_path) == before
    (tmp_path / "app" / "file.txt").write_text("after")
    assert content_key(tmp_path) != before


def test_a_port_on_which_somebody_listens_is_passed_over() -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        busy = int(somebody.getsockname()[1])

        assert not is_free(busy)
        assert take(busy).number > busy


def test_a_port_that_another_baton_took_is_passed_over_before_that_one_listens() -> None:
    held = Held()
    first = take(held.number)

    assert first.number == held.number
    assert is_free(held.number)
    assert take(held.number).number > held.number
    held.close()


def test_supervisord_reads_back_what_was_written(tmp_path: Path) -> None:
    from supervisor.options import ServerOptions

    data = tmp_path / 'a "quoted" folder'
    (data / "log").mkdir(parents=True)
    config = data / "supervisord.conf"
    config.write_text(
        configuration(
            data, [Program("web", ["/bin/echo", 'it\'s 5% "off"']), Program("once", ["/bin/true"], restarts=False)]
        )
    )

    options = ServerOptions()
    options.realize(["-c", str(config)])

    programs = {process.name: process for group in options.process_group_configs for process in group.process_configs}
    assert programs["web"].command == '"/bin/echo" "it\'s 5% \\"off\\""'
    assert programs["web"].stdout_logfile == f"{data}/log/web.log"
    assert programs["once"].autorestart is False
