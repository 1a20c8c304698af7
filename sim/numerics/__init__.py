"""Arithmetic, special functions, random draws and estimates.

Every kernel uses these functions, so that results agree bit for bit.
"""
