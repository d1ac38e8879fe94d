"""The same document must be the same file, byte for byte, whenever it is made: a frozen review never changes."""

import io
import zipfile

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FIRST = "[Content_Types].xml"


def repacked(content: bytes) -> bytes:
    """The zip archive again with fixed times, attributes and order of entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as packed:
        for name in sorted(source.namelist(), key=lambda entry: (entry != _FIRST, entry)):
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            packed.writestr(info, source.read(name), compresslevel=9)
    return target.getvalue()
