"""TaskFlow decorators of this provider."""
