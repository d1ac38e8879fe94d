"""Text as Zalo counts and reads it: NFC, at most 2,000 characters, and no mention nobody meant."""

import unicodedata

TEXT_LIMIT = 2000
GROUP_NAME_LIMIT = 30


class TextRefused(ValueError):
    """A text that Zalo would refuse. ``reason`` is ``empty`` or ``too_long``; ``length`` counts NFC characters."""

    def __init__(self, reason: str, length: int, limit: int = TEXT_LIMIT) -> None:
        super().__init__(f"text {reason}: {length} of {limit} characters")
        self.reason, self.length, self.limit = reason, length, limit


def normalise(text: str) -> str:
    """Return ``text`` in NFC. Vietnamese typed with separate accents would otherwise count almost double."""
    return unicodedata.normalize("NFC", text)


def count(text: str) -> int:
    """Number of characters Zalo's limits are compared with (NFC code points)."""
    return len(normalise(text))


def escape_mentions(text: str) -> str:
    """Break ``[@…]`` so that words relayed from somebody else cannot call out a member or the whole group.

    ``[@group_id]`` mentions everyone. A space keeps the words readable and the mention dead.
    """
    return normalise(text).replace("[@", "[ @")


def prepare(text: str, *, mention_ids: tuple[str, ...] = (), limit: int = TEXT_LIMIT) -> str:
    """Return the exact text to post.

    ``text`` never mentions anybody by itself; ``mention_ids`` (user ids, or the group's own id for everyone) are put
    in front of it. Raises :class:`TextRefused` when nothing or more than ``limit`` characters would be posted.
    """
    body = escape_mentions(text)
    if not body.strip():
        raise TextRefused("empty", 0, limit)
    if any(not mention.isalnum() for mention in mention_ids):
        raise ValueError("a mention is a user id or a group id")
    body = "".join(f"[@{mention}] " for mention in mention_ids) + body
    if len(body) > limit:
        raise TextRefused("too_long", len(body), limit)
    return body
