"""The portal on one machine: embedded servers, processes and checks for development, demonstration and tests.

Nothing here is used by a production installation, and nothing outside this package imports it.
"""
