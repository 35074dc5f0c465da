"""A small healthy Bot Core on loopback, and how to break it. Every part is a double or a real small server."""
