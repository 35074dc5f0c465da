"""A git repository as evidence: its documents, requirements, and secrets in all of its history."""
