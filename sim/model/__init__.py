"""A document becomes a model: types, facts, shapes, checks and the builder.

A `Model` in hand is a correct one; every error of a file is reported at once.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
