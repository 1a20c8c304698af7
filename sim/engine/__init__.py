"""A program set_condition results: the compiled event loop, the SimPy kernel and traces.

Both kernels run the same generated source and agree bit for bit.
"""
