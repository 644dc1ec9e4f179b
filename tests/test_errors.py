from __future__ import annotations

import copy
import pickle

import pytest

from fixopenai.errors import FixOpenAIError, SourceError, UsageError

ERRORS = [
    pytest.param(SourceError("app.py", "invalid syntax", 3), "app.py:3: invalid syntax", id="with-line"),
    pytest.param(SourceError("app.py", "cannot be read"), "app.py: cannot be read", id="without-line"),
    pytest.param(UsageError("nowhere does not exist"), "nowhere does not exist", id="usage"),
]


@pytest.mark.parametrize(("error", "text"), ERRORS)
def test_the_text_is_one_line_that_names_the_place(error: FixOpenAIError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(("error", "text"), ERRORS)
def test_errors_can_be_sent_to_another_process(error: FixOpenAIError, text: str, protocol: int) -> None:
    for again in (pickle.loads(pickle.dumps(error, protocol)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert str(again) == text
        assert vars(again) == vars(error)
