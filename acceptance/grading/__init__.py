"""Facts become grades here: pure functions, no input or output."""
