"""``python -m gateways.zalo.standin``: see ``--help``."""

import argparse
from pathlib import Path

from gateways.zalo.standin.app import main
from gateways.zalo.standin.journal import MODES

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m gateways.zalo.standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address of this machine to listen on")
    parser.add_argument("--port", type=int, default=8140)
    parser.add_argument("--seed", type=int, default=1, help="makes invented ids and faults by chance repeatable")
    parser.add_argument("--journal", type=Path, help="file that gets one line for each post residents saw")
    parser.add_argument("--fsync", choices=MODES, default="batch", help="how the journal is brought to disk")
    parser.add_argument("--demo", action="store_true", help="start with the demonstration ward's account")
    chosen = parser.parse_args()
    main(chosen.host, chosen.port, seed=chosen.seed, journal=chosen.journal, fsync=chosen.fsync, demo=chosen.demo)
