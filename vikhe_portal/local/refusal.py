"""The one way this package says no: a plain sentence for the person at the keyboard."""


class Refusal(Exception):
    """One Vietnamese sentence: what is wrong and what to do. The command prints it and exits with 1."""
