"""Generated tests are judged by what they find, not by how long a busy machine takes for it."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unhurried",
    # What is in force: on a CI machine Hypothesis has a profile of its own.
    parent=settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")
