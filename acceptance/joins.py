"""Joins: pure functions of what several probes saw. Parameters are named for probes or other joins."""
