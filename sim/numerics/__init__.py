"""Arithmetic, special functions, random draws and estimates.

Every kernel computes with these functions, so that results agree bit for bit.
"""
