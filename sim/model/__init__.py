"""Build models from documents: types, facts, file schemas, checks and the builder.

A `Model` instance is always valid; all errors of a file are reported together.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
