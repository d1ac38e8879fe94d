"""Logs carry ids, never what people wrote: the filter that makes sure of it."""

from __future__ import annotations

import logging
import re

_QUERY = re.compile(r"(\?)[^\s\"']+")
_LONG_NUMBER = re.compile(r"\+?\d[\d .\-]{7,}\d")


class IdsOnlyFilter(logging.Filter):
    """Strips query strings and anything that looks like a telephone or identity number, and drops tracebacks' values.

    A second line of defence: code logs ids to begin with.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; always lets it through."""
        message = record.getMessage()
        record.msg = _LONG_NUMBER.sub("…", _QUERY.sub(r"\1…", message))
        record.args = ()
        return True
