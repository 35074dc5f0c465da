"""One line for each directory: pytest finds the suite here."""

pytest_plugins = ["acceptance.plugin", "acceptance.fixtures"]
