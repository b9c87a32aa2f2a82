"""A local emulator of Bento for demos, tests and fault injection.

It reproduces the replies of Bento, as its public documentation and SDKs describe them, and many failures. It shares
facts (``api/contract.py``) with the client, never its parsing or validating code: the two are written
independently, so that each can prove the other wrong.
"""
