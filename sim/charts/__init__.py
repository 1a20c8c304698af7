"""Charts of ensembles, traces and models, as Altair charts.

The page takes constant specs and their data instead, so that only data changes while a lever moves.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
