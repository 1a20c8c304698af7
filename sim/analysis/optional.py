"""Packages of the optional extra, met with a clear word where they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from sim.errors import Diagnostic, ExperimentError


def needed(module: str, package: str) -> Any:
    """Return a module of the optional extra.

    Raises
    ------
    ExperimentError
        It is not installed; the message names what to install.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        words = f"this needs {package}, which is not installed"
        help = f"pip install {package}, or all of the extra: pip install 'fulcrum-sim[explore]'"
        raise ExperimentError(Diagnostic("missing-package", words, None, help)) from error
