"""A document becomes a model: types, facts, shapes, checks and the builder.

A `Model` in hand is a correct one; every diagnostic of a file is reported at once.
"""
