"""Connections that write down how far an exchange came: urllib3's own, extended at its seams, below `requests`."""
