"""Documents made of results: the report, the model card and their tables.

This is the last stop of the data before a reader.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
