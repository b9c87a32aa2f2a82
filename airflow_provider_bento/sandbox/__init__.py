"""A local Bento to demonstrate with, to test against, and to break.

It knows how Bento answers, from the public documentation and SDKs, and what can go wrong on the way. It shares
facts (``api/contract.py``) with the client, never its parsing or validating code: the two are written
independently, so that each can prove the other wrong.
"""
