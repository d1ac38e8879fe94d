"""`python -m tests.journey`: walk steps 1 to 8, print a line each, then `journey: N passed, M failed`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

import django


def main() -> int:
    """Walk and count; 1 when a step failed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vikhe_portal.settings.test")
    django.setup()
    from tests.journey import files, stage
    from tests.journey.steps import STEPS, Journey

    if not Path(stage.CHROMIUM).exists():
        print("journey: Chromium is missing; install the Debian package chromium or set CHROMIUM to a browser")
        return 1
    passed = 0
    with tempfile.TemporaryDirectory() as folder, stage.installation() as installed, stage.browser() as chromium:
        journey = Journey(installed, chromium, files.bring(Path(folder)))
        for number, step in enumerate(STEPS, start=1):
            began = time.monotonic()
            try:
                said = step(journey)
                passed += 1
                print(f"step {number}: {said} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:  # every step is tried, each failure is shown
                journey.keep_failure(number)
                print(f"step {number}: FAILED after {time.monotonic() - began:.1f} s: {error}", flush=True)
                traceback.print_exc()
    failed = len(STEPS) - passed
    print(f"journey: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
