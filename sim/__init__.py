"""Fulcrum."""
