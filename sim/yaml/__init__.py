"""Read strict YAML into nodes with their places in the file, and write YAML.

A scalar is text, a number (as in YAML 1.2, so ``1e-3`` is one), ``true``, ``false`` or null. Scalars
that YAML 1.1 and 1.2 read differently are rejected, as are tags, anchors, merge keys, directives,
multiple documents and duplicate keys. Every error is a `ModelError`; errors of scalars and keys are
reported together.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
