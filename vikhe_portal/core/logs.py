"""Logs carry ids, never what people wrote: the filter that makes sure of it."""

from __future__ import annotations

import logging
import re
import traceback

_QUERY = re.compile(r"(\?)[^\s\"']+")
_LONG_NUMBER = re.compile(r"\+?\d[\d .\-]{7,}\d")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class IdsOnlyFilter(logging.Filter):
    """Strips query strings, e-mail addresses and anything that looks like a telephone or identity number.

    Of an exception it keeps the type and the lines of code, not the message: that may hold what somebody typed.
    A second line of defence: code logs ids to begin with.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; always lets it through."""
        record.msg = cleaned(record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            kind, _value, trace = record.exc_info
            way = "".join(traceback.format_list(traceback.extract_tb(trace)))
            record.exc_text = f"{way}{kind.__module__}.{kind.__qualname__}"
            record.exc_info = None
        return True


def cleaned(text: str) -> str:
    """The text without query strings, e-mail addresses and long numbers."""
    return _EMAIL.sub("…", _LONG_NUMBER.sub("…", _QUERY.sub(r"\1…", text)))
