"""The record: one run, rendered as a page, a ticked checklist, JSON, JUnit and the terminal's last words."""
