"""The rules: found by their file names, selected by prefix, documented in full."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fixopenai.rules
from fixopenai.errors import UsageError
from fixopenai.rules import Rule, all_rules, check_selectors, is_selected, rule, rule_names

RULES = {found.code: found for found in all_rules()}
every_rule = pytest.mark.parametrize("found", RULES.values(), ids=RULES)


def test_every_rule_module_is_found() -> None:
    modules = Path(fixopenai.rules.__file__).parent.glob("foa*.py")
    assert sorted(RULES) == sorted(path.name.partition("_")[0].upper() for path in modules)


def test_rules_come_in_the_order_of_their_codes() -> None:
    assert list(rule_names()) == [found.code for found in all_rules()] == sorted(RULES)


@every_rule
def test_code_and_name_are_those_of_the_file(found: Rule) -> None:
    assert rule(found.code) is found
    assert rule_names()[found.code] == found.name


@every_rule
def test_message_has_no_placeholder_but_the_call(found: Rule) -> None:
    assert "`client.models.list`" in found.message.format(call="client.models.list", sdk="create")


@every_rule
def test_one_line_parts_read_as_parts_of_a_line(found: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", found.name)
    for text in (found.summary, found.message):
        assert "\n" not in text
        assert not text.endswith(".")


@every_rule
def test_documentation_is_complete(found: Rule) -> None:
    for text in (found.what, found.why, found.safety, found.by_hand):
        assert text == text.strip()
        assert text.endswith((".", "`"))
    strategies = {name for name in ("async-client", "to-thread", "sync-def") if f"`{name}`" in found.safety}
    assert strategies, "no strategy is said to serve it"


@every_rule
def test_examples_are_valid_and_lead_with_the_documented_ones(found: Rule) -> None:
    assert found.examples[0] == found.bad
    assert found.counterexamples[0] == found.good
    for source in (*found.examples, *found.counterexamples):
        ast.parse(source)
    assert not set(found.examples) & set(found.counterexamples)


@pytest.mark.parametrize(
    ("code", "select", "ignore", "expected"),
    [
        pytest.param("FOA002", (), (), True, id="on-by-default"),
        pytest.param("FOA101", (), (), False, id="advice-is-off-by-default"),
        pytest.param("FOA101", ("FOA1",), (), True, id="advice-selected"),
        pytest.param("FOA101", ("FOA",), (), True, id="everything-selected"),
        pytest.param("FOA002", ("FOA001",), (), False, id="another-one-selected"),
        pytest.param("FOA002", (), ("FOA002",), False, id="ignored"),
        pytest.param("FOA002", (), ("FOA",), True, id="default-is-longer-than-the-ignored-prefix"),
        pytest.param("FOA002", ("FOA002",), ("FOA0",), True, id="select-is-longer"),
        pytest.param("FOA002", ("FOA0",), ("FOA002",), False, id="ignore-is-longer"),
        pytest.param("FOA002", ("FOA002",), ("FOA002",), False, id="ignore-wins-a-tie"),
    ],
)
def test_selection(code: str, select: tuple[str, ...], ignore: tuple[str, ...], expected: bool) -> None:
    assert is_selected(code, select, ignore) is expected


@pytest.mark.parametrize("selector", ["FOA999", "E501", "FOA0022", "foa002", ""])
def test_a_selector_that_fits_no_rule_is_named(selector: str) -> None:
    with pytest.raises(UsageError, match=f"--ignore: .*'{selector}'"):
        check_selectors("--ignore", ["FOA002", selector])


def test_codes_and_prefixes_are_selectors() -> None:
    check_selectors("--select", ["FOA", "FOA00", "FOA002"])


def test_selecting_imports_no_rule() -> None:
    source = (
        "import sys; from fixopenai.rules import is_selected; is_selected('FOA002', (), ());"
        "sys.exit(any(name.startswith('fixopenai.rules.foa') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", source], cwd=Path(__file__).parents[1]).returncode == 0
