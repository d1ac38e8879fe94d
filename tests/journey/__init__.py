"""The plan's path through the portal, walked in a browser against a fresh installation: `make journey`."""
