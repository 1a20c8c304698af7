"""Restricted Python becomes machine code through LLVM.

It translates only the part of Python that the generated source and the event loop use.
"""
