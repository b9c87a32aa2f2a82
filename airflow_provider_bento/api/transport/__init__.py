"""Connections that record how far an exchange came: subclasses of urllib3's, used below `requests`."""
