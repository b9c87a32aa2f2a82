"""What a reply says, in whatever shape Bento wrote it: decoded, its failures found, and no value of a request shown."""
