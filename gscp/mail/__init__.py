"""Mail: writing it, and sending it."""
