"""What the web server's own worker process loads: the application, and an end for it when its parent has ended.

`baton web` turns into the server's main process, which starts this one; the kernel's word to the main process that its
supervisor is gone does not reach it.
"""

from multiprocessing.util import Finalize

from starlette.types import ASGIApp

from workers.machine.garbage_collection import keeping_all
from workers.machine.parent import end_with_parent


def app() -> ASGIApp:
    """Return the application (the server calls this once in its worker)."""
    end_with_parent()
    with keeping_all():
        from app.app import app as application  # only now: whoever is orphaned while it imports is gone too
        from app.store_file import end_when_replaced, leave_whole

        end_when_replaced()
        Finalize(None, leave_whole, exitpriority=0)  # the server's own worker runs nothing else at its end
        return application()
