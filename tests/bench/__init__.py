"""Measurements: the product against a limit taken in the same run, on generated data of a known size."""
