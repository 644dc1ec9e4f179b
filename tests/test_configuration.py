"""`[tool.fixopenai]`, `--config`, `--isolated`: what is found where, what it does, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_cli import BLOCKING, run
from tools import tree

from fixopenai.config_keys import KEYS
from fixopenai.configuration import Configuration, read_inline, read_table
from fixopenai.errors import UsageError
from fixopenai.migration import migrate
from fixopenai.patterns import read_patterns
from fixopenai.settings import Settings

TO_THREAD = '[tool.fixopenai]\nstrategy = "to-thread"\n'
SLEEPY = "import time\n" + BLOCKING.replace("    return", "    time.sleep(1)\n    return")


def found(folder: Path, **options: object) -> dict[str, set[str | None]]:
    """The rules found in each file, with the strategies taken."""
    result = migrate([folder], Configuration(options))
    pairs: dict[str, set[str | None]] = {}
    for outcome in result.outcomes:
        pairs.setdefault(outcome.finding.place.path, set()).update((outcome.finding.rule, outcome.strategy))
    return pairs


def test_the_nearest_table_holds_for_each_program(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "pyproject.toml": '[tool.fixopenai]\nignore = ["FOA002"]\n',
            "a/pyproject.toml": TO_THREAD,
            "a/src/x.py": BLOCKING,
            "b/pyproject.toml": "[tool.other]\n",
            "b/y.py": BLOCKING,
        },
    )
    result = run(tmp_path, "a/src", "b", "-f", "json")
    document = json.loads(result.stdout)
    assert [(finding["path"], finding["strategy"]) for finding in document["findings"]] == [("a/src/x.py", "to-thread")]
    isolated = json.loads(run(tmp_path, "a/src", "b", "-f", "json", "--isolated").stdout)
    assert [finding["strategy"] for finding in isolated["findings"]] == ["async-client", "async-client"]


def test_what_is_typed_comes_before_the_file_and_keys_typed_between_both(tmp_path: Path) -> None:
    tree(tmp_path, {"pyproject.toml": TO_THREAD + 'output-format = "json"\n', "app.py": BLOCKING})
    for arguments, strategy in (
        ((), "to-thread"),
        (("--config", 'strategy = "sync-def"'), "sync-def"),
        (("--config", 'strategy = "sync-def"', "-s", "async-client"), "async-client"),
    ):
        result = run(tmp_path, *arguments)
        assert json.loads(result.stdout)["findings"][0]["strategy"] == strategy


def test_rules_that_are_typed_are_used_although_the_file_ignores_them(tmp_path: Path) -> None:
    tree(tmp_path, {"pyproject.toml": '[tool.fixopenai]\nignore = ["FOA002"]\n', "app.py": BLOCKING})
    assert found(tmp_path) == {}
    assert found(tmp_path, select=("FOA002",)) == {"app.py": {"FOA002", "async-client"}}
    assert found(tmp_path, select=("FOA002",), ignore=("FOA002",)) == {}


def test_a_file_that_is_named_takes_the_place_of_the_nearest(tmp_path: Path) -> None:
    tree(tmp_path, {"pyproject.toml": "nonsense fixopenai", "ci/strict.toml": TO_THREAD, "app.py": BLOCKING})
    result = run(tmp_path, "--config", "ci/strict.toml", "-f", "json")
    assert json.loads(result.stdout)["findings"][0]["strategy"] == "to-thread"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[tool.fixopenai]\nstratgey = 'auto'", ".stratgey: unknown key; did you mean strategy?", id="key"),
        pytest.param("[tool.fixopenai]\nzzz = 1", ".zzz: unknown key; known keys: strategy", id="far-key"),
        pytest.param("[tool.fixopenai]\nstrategy = 'x'", ".strategy: 'x' is not one of auto", id="strategy"),
        pytest.param("[tool.fixopenai]\nstrategy = 1", ".strategy: '1' is not one of auto", id="strategy-type"),
        pytest.param("[tool.fixopenai]\nselect = 'FOA'", ".select: 'FOA' is not a list of strings", id="list"),
        pytest.param("[tool.fixopenai]\nselect = ['E']", ".select: no rule has the code or prefix 'E'", id="code"),
        pytest.param("[tool.fixopenai]\nselect = []", ".select: without a code, nothing is looked for", id="no-code"),
        pytest.param("[tool.fixopenai]\nforce-exclude = 1", ".force-exclude: 1 is neither true nor", id="flag"),
        pytest.param("[tool.fixopenai]\nexclude = ['']", ".exclude: a pattern is empty", id="empty-pattern"),
        pytest.param("[tool.fixopenai]\nexclude = ['!']", ".exclude: '!' is not a pattern", id="pattern"),
        pytest.param("[tool.fixopenai]\nexclude = ['a', '#b']", ".exclude: '#b' is not a pattern", id="comment"),
        pytest.param("[tool.fixopenai]\nper-file-ignores = []", ".per-file-ignores: [] is not a table", id="table"),
        pytest.param(
            "[tool.fixopenai.per-file-ignores]\nx = ['E']", ".per-file-ignores.'x': no rule has", id="code-in-table"
        ),
        pytest.param(
            "[tool.fixopenai.per-file-ignores]\n'!x' = []", ".per-file-ignores: '!x' takes back", id="lone-negation"
        ),
        pytest.param(
            "[tool.fixopenai.per-file-strategy]\nx = 'y'", ".per-file-strategy.'x': 'y' is", id="strategy-in-table"
        ),
        pytest.param("[tool]\nfixopenai = 1", "tool.fixopenai is not a table", id="no-table"),
        pytest.param("# fixopenai\n[tool", "is not TOML: ", id="not-toml"),
        pytest.param("# fixopenai\nx = " + "[" * 5000, "is not TOML", id="nested-deeply"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError) as error:
        Configuration({}).for_folder(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/pyproject.toml")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_bad_configuration_ends_the_run(tmp_path: Path) -> None:
    tree(tmp_path, {"pyproject.toml": "[tool.fixopenai]\nx = 1\n", "app.py": BLOCKING})
    result = run(tmp_path, "--write")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: pyproject.toml: tool.fixopenai.x: unknown key; ")
    assert (tmp_path / "app.py").read_text() == BLOCKING
    assert run(tmp_path, "--isolated").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--config", "nowhere.toml"], "nowhere.toml: cannot be read: No such file", id="no-file"),
        pytest.param(["--config", "app.py"], "app.py is not TOML", id="not-toml"),
        pytest.param(["--config", "empty.toml"], "empty.toml has no [tool.fixopenai]", id="no-table"),
        pytest.param(["--config", "x = 1"], "--config: x: unknown key", id="inline-key"),
        pytest.param(["--config", "strategy = auto"], "--config: 'strategy = auto' is not TOML", id="inline-value"),
        pytest.param(["--config", "empty.toml", "--config", "app.py"], "exclude each other", id="two-files"),
        pytest.param(["--config", "empty.toml", "--isolated"], "exclude each other", id="isolated"),
    ],
)
def test_what_is_wrong_with_the_option(tmp_path: Path, arguments: list[str], message: str) -> None:
    tree(tmp_path, {"app.py": BLOCKING, "empty.toml": "[tool]\n"})
    result = run(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_rules_and_strategies_by_file(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "pyproject.toml": """\
                [tool.fixopenai.per-file-ignores]
                "scripts/" = ["FOA002"]
                "**/b.py" = ["FOA010"]
                [tool.fixopenai.per-file-strategy]
                "scripts/" = "async-client"
                "/c.py" = "sync-def"
                """,
            "a.py": SLEEPY,
            "pkg/b.py": SLEEPY,
            "scripts/c.py": SLEEPY,
            "c.py": BLOCKING,
        },
    )
    assert found(tmp_path) == {
        "a.py": {"FOA002", "FOA010", "async-client"},
        "pkg/b.py": {"FOA002", "async-client"},
        "scripts/c.py": {"FOA010", "async-client"},
        "c.py": {"FOA002", "sync-def"},
    }
    assert found(tmp_path / "scripts") == {"c.py": {"FOA010", "async-client"}}


def test_a_client_does_not_become_async_where_a_file_asks_for_threads(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "pyproject.toml": '[tool.fixopenai.per-file-strategy]\n"legacy.py" = "to-thread"\n',
            "llm.py": "from openai import OpenAI\n\nclient = OpenAI()\n",
            "app.py": "from llm import client\n\n\nasync def a():\n    return client.models.list()\n",
            "legacy.py": "from llm import client\n\n\nasync def b():\n    return client.models.list()\n",
        },
    )
    result = migrate([tmp_path], Configuration({}))
    assert {outcome.strategy for outcome in result.outcomes} == {"to-thread"}
    (first, _) = result.outcomes
    assert "also used in a file where to-thread is asked for (legacy.py:5)" in first.reason
    asked = migrate([tmp_path], Configuration({"strategy": "async-client"}))
    assert [outcome.strategy for outcome in asked.outcomes] == [None, "to-thread"]


def test_patterns_speak_from_the_folder_of_the_file(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "pyproject.toml": '[tool.fixopenai]\nextend-exclude = ["/svc/gen", "old"]\n',
            "svc/gen/a.py": BLOCKING,
            "svc/x/gen/b.py": BLOCKING,
            "svc/old/c.py": BLOCKING,
        },
    )
    assert found(tmp_path / "svc").keys() == {"x/gen/b.py"}
    more = (read_patterns("--extend-exclude", ("b.py",), tmp_path),)
    assert found(tmp_path / "svc", extend_exclude=more) == {}


def test_exclude_takes_the_place_of_the_folders_that_are_passed_over(tmp_path: Path) -> None:
    tree(tmp_path, {"dist/a.py": BLOCKING, "app/b.py": BLOCKING})
    assert found(tmp_path).keys() == {"app/b.py"}
    assert found(tmp_path, exclude=read_patterns("--exclude", ("app",), tmp_path)).keys() == {"dist/a.py"}


def test_keys_are_fields_of_the_settings_and_their_examples_mean_something() -> None:
    for name, key in KEYS.items():
        (value,) = read_inline([f"{name} = {key.example}"]).values()
        field = name.replace("-", "_")
        assert field == "output_format" or type(getattr(Settings(), field)) in (type(value), type(None))
        if key.default.startswith(("[", "{", '"')) or key.default in ("true", "false"):
            assert read_inline([f"{name} = {key.default}"])


def test_read_table_names_the_place() -> None:
    with pytest.raises(UsageError, match=r"^here\.no: unknown key; did you mean ignore\?|known keys"):
        read_table("here.", {"no": 1}, Path())
