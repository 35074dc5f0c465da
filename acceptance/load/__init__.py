"""Offering load: the schedule, Locust in processes of its own, and the samples that come back."""
