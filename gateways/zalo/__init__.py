"""Zalo, spoken as documented: client, webhook checks and a stand-in server.

Pure protocol code. It knows no table of the portal and keeps no state between calls, so it can be read, tested and
replaced on its own. ``client`` and ``bot`` speak to Zalo, ``webhook`` checks what Zalo sends, ``outcomes`` says what an
answer means for a delivery, ``standin`` plays Zalo for demonstration, tests and load.
"""
