"""A program becomes results: the compiled event loop, the SimPy kernel and traces.

Both kernels run the same generated source and agree bit for bit.
"""
