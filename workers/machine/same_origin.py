"""Make the built bundle call whoever served it, so that one build works on every port and behind every proxy."""

import re
from pathlib import Path

from reflex.plugins import Plugin

_BAKED = re.compile(r"""(["'`])(ws|http)://localhost:\d+(/[\w-]+)\1""")
_ADDRESS = '((typeof location>"u"?"{scheme}://localhost":location.origin.replace(/^http/,"{scheme}"))+"{path}")'


class SameOriginPlugin(Plugin):
    """Replaces the backend address that Reflex bakes in at build time by the page's own origin."""

    def post_build(self, **context: object) -> None:
        """Rewrite the environment module of a finished build; refuse a build in which there is none."""
        assets = Path(str(context["static_dir"])) / "assets"
        rewritten = [script for script in sorted(assets.glob("*.js")) if _rewrite(script)]
        if not rewritten:
            raise RuntimeError("The bundle names no backend address: Reflex changed where it keeps it.")


def relative_to_page(script: str) -> str:
    """Return `script` with every baked-in backend address computed from the page's location instead."""
    return _BAKED.sub(lambda found: _ADDRESS.format(scheme=found[2], path=found[3]), script)


def _rewrite(script: Path) -> bool:
    before = script.read_text(encoding="utf-8")
    if "/_event" not in before:
        return False
    after = relative_to_page(before)
    script.write_text(after, encoding="utf-8")
    return after != before
