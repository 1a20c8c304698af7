"""Bridges to other workbenches."""
