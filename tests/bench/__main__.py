"""`python -m tests.bench [--only groups|tips|broadcasts|oversight] [--size ward|province]`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import django

PARTS = ("groups", "tips", "broadcasts", "oversight")


def main() -> int:
    """Prepare the data, run the parts, print a line each; returns 0 even when a figure is short: it is said."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--size", choices=("ward", "province"), default="ward")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vikhe_portal.settings.test")
    django.setup()
    from django.conf import settings

    from tests.bench import data, harness

    with tempfile.TemporaryDirectory() as media:
        settings.MEDIA_ROOT = Path(media)
        wards = data.prepare(options.size)
        lines = []
        for part in [options.only] if options.only else PARTS:
            with data.copied(part):
                for line in import_module(f"tests.bench.{part}").measure(wards):
                    print(line.text(), flush=True)
                    lines.append(line)
        harness.report(lines, Path("var") / f"bench-{options.size}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
