"""What is asked of a person or a program, one table of target.toml a module."""
