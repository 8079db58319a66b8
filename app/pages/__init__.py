"""Every page, found by its folder: a page is a package with a `page` module."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    if _module.ispkg and find_spec(f"{__name__}.{_module.name}.page"):
        import_module(f"{__name__}.{_module.name}.page")
