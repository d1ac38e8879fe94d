"""Password hashing sized for a small office machine."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PortalArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id, 46 MiB and one lane (OWASP's first choice): signing in must not fill an office machine."""

    time_cost = 2
    memory_cost = 46 * 1024
    parallelism = 1
