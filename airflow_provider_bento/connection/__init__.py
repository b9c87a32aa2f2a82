"""What a connection of type ``bento`` means: its values, checked, with the defaults filled in.

The fields are listed in :mod:`airflow_provider_bento.connection.form`; here their values are checked. It never imports
Airflow: any object with a connection's attributes will do.
"""

from airflow_provider_bento.connection.attributes import ConnectionLike
from airflow_provider_bento.connection.settings import Settings, parse_connection, secrets_of

__all__ = ["ConnectionLike", "Settings", "parse_connection", "secrets_of"]
