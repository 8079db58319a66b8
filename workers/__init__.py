"""The processes behind Baton: the relay, the orchestrated half's jobs, and the contexts that just react."""

from pkgutil import extend_path

# A context may live in a folder of its own elsewhere on the path, as `workers/choreography/<name>`.
__path__ = extend_path(__path__, __name__)
