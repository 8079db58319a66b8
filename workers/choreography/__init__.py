"""The contexts. Each folder is an independent subscriber with its own store and knows no other folder here."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
