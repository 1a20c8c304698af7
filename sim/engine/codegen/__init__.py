"""A model becomes a program: generated Python source with its layout and draw sites.

The source is restricted Python, which CPython runs and `sim.engine.llvm` compiles.
"""
