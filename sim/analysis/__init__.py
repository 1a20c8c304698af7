"""Analyses: one question per module, from an ensemble or a scenario to a small frozen result.

A result knows its table, its chart and its sentence.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
