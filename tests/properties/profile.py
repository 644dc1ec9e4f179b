"""How much is tried: the same programs in every run by default, ever new ones with FIXOPENAI_PROPERTIES=thorough."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

IS_THOROUGH = os.environ.get("FIXOPENAI_PROPERTIES") == "thorough"
# Programs of the enumeration for each strategy.
SAMPLE = 6000 if IS_THOROUGH else 160
# Programs of those that a type checker looks at, for each strategy.
CHECKED = 300 if IS_THOROUGH else 12
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
# Programs that are served, for each strategy.
SERVED = 150 if IS_THOROUGH else 20

settings.register_profile(
    "repeatable",
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=_SLOW,
)
settings.register_profile(
    "thorough",
    max_examples=3000,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=_SLOW,
)
settings.load_profile("thorough" if IS_THOROUGH else "repeatable")
