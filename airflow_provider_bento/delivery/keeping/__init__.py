"""Where validated chunks wait until they are sent: in memory, or in an encrypted file without a name."""
