"""How hypothesis runs: a shared machine is no fault of a test, and a failure says how to repeat it."""

from hypothesis import HealthCheck, settings

settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("unit")
