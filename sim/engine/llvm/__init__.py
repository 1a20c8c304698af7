"""Restricted Python set_condition machine code through LLVM.

Only what the generated source and the event loop need is translated.
"""
