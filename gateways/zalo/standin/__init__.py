"""A server that behaves as Zalo documents itself, for demonstration, tests and load. It listens on this machine only.

``python -m gateways.zalo.standin --port 8140`` starts it; http://127.0.0.1:8140/ shows what residents would see.
"""
