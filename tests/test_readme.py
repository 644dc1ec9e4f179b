"""The README, its companions and the pages of the site say what is true: tables, links, the picture."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from xml.etree import ElementTree as ET

import picture
import pytest

import fixopenai
from fixopenai.config_keys import KEYS
from fixopenai.results import Status
from fixopenai.rules import all_rules
from fixopenai.settings import OUTPUT_FORMATS, STRATEGIES, Settings
from sitegen.pages import filled, generated_pages, written_pages

if TYPE_CHECKING:
    from fixopenai.rules import Rule

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
PAGES = {**written_pages(), **generated_pages()}
FLAG = re.compile(r"(?<![\w-])(?:--[a-z][a-z-]*|-[a-zA-Z]\b)")


def section(title: str) -> str:
    """The text below a heading of the README, up to the next one."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def rows(text: str, header: str) -> list[list[str]]:
    """The cells of the table whose first header cell is this one."""
    found = re.search(rf"^\| {header} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, header
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "fixopenai", *arguments], cwd=ROOT, capture_output=True, text=True)


def set_up() -> tuple[list[str], list[str]]:
    """The steps of the command that shows the tool at work, and of the one that tests it."""
    first, second = blocks(section("Set up"), "sh")
    return first.strip().split(" && "), second.strip().split(" && ")


# -- commands


def test_the_set_up_shows_the_tool_at_work() -> None:
    run = set_up()[0][-1].split()
    assert run[0] == ".venv/bin/fixopenai"
    result = start(*run[1:])
    assert result.returncode == 0
    assert "+from openai import AsyncOpenAI\n" in result.stdout
    assert "FOA001" in result.stderr


def test_continuous_integration_installs_and_tests_as_the_readme_says() -> None:
    make, install, test = set_up()[1]
    assert make == "python3 -m venv .venv"
    assert install.removeprefix(".venv/bin/pip install ") in CI
    assert test.removeprefix(".venv/bin/python ") in CI
    assert f"{make} && {install}\n" in blocks(CONTRIBUTING, "sh")[0]


def test_the_example_on_top_is_the_mistake(tmp_path: Path) -> None:
    (example,) = blocks(README, "python")
    (tmp_path / "main.py").write_text(example, encoding="utf-8")
    assert "FOA001" in start("--check", str(tmp_path)).stdout


def test_the_finding_that_is_shown_is_a_real_one() -> None:
    (shown,) = blocks(section("Strategies"), "text")
    result = start("-s", "async-client", "tests/fixtures/shared_with_sync_script/project")
    assert shown in result.stderr.replace("tests/fixtures/shared_with_sync_script/project/", "")


# -- tables


def test_the_table_of_rules_is_the_registry() -> None:
    listed = rows(section("Rules"), "code")
    assert listed == [[rule.code, rule.name, rule.summary] for rule in all_rules()]
    linked = rows(PAGES["rules/index.md"], "code")
    assert [[cells[0][1:7], *cells[1:]] for cells in linked] == listed
    assert {f"rules/{rule.code.lower()}.md" for rule in all_rules()} <= PAGES.keys()


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_is_in_the_changelog(rule: Rule) -> None:
    assert f"{rule.code} `{rule.name}`" in CHANGELOG


def test_no_document_speaks_of_a_rule_that_is_not() -> None:
    named = set(re.findall(r"FOA\d{3}", "".join([README, CHANGELOG, CONTRIBUTING, *PAGES.values()])))
    assert named == {rule.code for rule in all_rules()}


def test_strategies_and_formats_are_those_that_exist() -> None:
    described = {cells[0].strip("`") for cells in rows(section("Strategies"), "strategy")}
    assert described | {"auto"} == set(STRATEGIES)
    assert [cells[0].strip("`") for cells in rows(PAGES["formats.md"], "format")] == list(OUTPUT_FORMATS)
    assert re.findall(r'^=== "`(.+)`"$', PAGES["formats.md"], re.MULTILINE) == list(OUTPUT_FORMATS)
    (handled,) = re.findall(r"^\| form \| (.+) \|$", PAGES["forms.md"], re.MULTILINE)
    assert {f"`{name}`" for name in STRATEGIES} == {"`auto`", *handled.split(" | ")}
    assert all(f"*{word}" in section("Strategies") for word in get_args(Status))


def test_options_are_those_of_help() -> None:
    offered = start("--help").stdout.partition("\nOptions:\n")[2]
    lines = [line.split("  ")[1] for line in offered.splitlines() if line.startswith("  -")]
    described = [cells[0].partition("<br>")[0] for cells in rows(PAGES["options.md"], "option")[1:]]
    assert [set(FLAG.findall(cell)) for cell in described] == [set(FLAG.findall(line)) for line in lines]
    in_help = set().union(*map(FLAG.findall, lines))
    for name, page in {**PAGES, "README.md": README}.items():
        # In blocks other programs have options too; the commands in them are run.
        mentioned = {flag for code in re.findall(r"(?<!`)`(--[^`]+)`", page) for flag in FLAG.findall(code)}
        assert mentioned <= in_help, name


def test_keys_are_those_that_are_read() -> None:
    table = rows(PAGES["configuration.md"], "key")
    assert [cells[0].partition("`{")[0].strip("`") for cells in table] == list(KEYS)
    told = {cells[0].partition("`{")[0].strip("`"): cells[2] for cells in table}
    assert told["strategy"] == f'`"{Settings().strategy}"`'


def test_the_functions_for_scripts_are_described() -> None:
    described = set(re.findall(r"^### `(\w+)`", PAGES["api.md"], re.MULTILINE))
    spoken_of = set(re.findall(r"`(\w+Error)`", PAGES["api.md"]))
    assert set(fixopenai.__all__) - {"__version__"} <= described | spoken_of
    assert ">>> result = migrate_source(" in PAGES["api.md"]


def test_every_rule_shows_what_each_strategy_makes_of_its_example() -> None:
    for rule in all_rules():
        tabs = re.findall(r'^=== "(.+)"$', PAGES[f"rules/{rule.code.lower()}.md"], re.MULTILINE)
        assert sorted(", ".join(tabs).split(", ")) == sorted(f"`{name}`" for name in STRATEGIES), rule.code
        assert "fixed by" in PAGES[f"rules/{rule.code.lower()}.md"]


def test_an_unknown_place_ends_the_build() -> None:
    with pytest.raises(KeyError, match="nothing like it"):
        filled("<!-- put: nothing like it -->\n", "index.md")


def test_exit_codes_are_explained() -> None:
    assert [cells[0] for cells in rows(PAGES["options.md"], "exit code")] == ["0", "1", "2", "130"]


def test_hooks_are_those_that_exist() -> None:
    ids = set(re.findall(r"^- id: (\S+)$", HOOKS, re.MULTILINE))
    assert ids == {"fixopenai", "fixopenai-write"}
    assert all(f"`{name}`" in PAGES["recipes.md"] and f"`{name}`" in CHANGELOG for name in ids)


def test_the_source_distribution_holds_what_these_tests_read() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (targets,) = re.findall(r"^\[tool\.hatch\.build\.targets\.sdist\]\ninclude = \[([^]]*)\]", project, re.MULTILINE)
    included = set(re.findall(r'"/([^"]+)"', targets))
    kept_out = {".git", ".gitattributes", ".gitignore", "pyproject.toml"}  # the last two are always in it
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert {name.partition("/")[0] for name in listed} - kept_out <= included


# -- links and the picture


@pytest.mark.parametrize("text", [README, CHANGELOG, CONTRIBUTING], ids=["readme", "changelog", "contributing"])
def test_links_lead_to_files(text: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_paths_in_contributing_exist() -> None:
    for name in re.findall(r"`((?:fixopenai/|tests/|\.ci/)?[a-z_/]+(?:\.py|/))`", CONTRIBUTING):
        places = (ROOT / name, ROOT / "fixopenai" / name, ROOT / "fixopenai" / "strategies" / name)
        assert name == "project/" or any(place.exists() for place in places), name


def test_the_picture_shows_what_the_tool_shows() -> None:
    """If not, `python tests/picture.py` draws it anew."""
    shown = [line.rstrip() for line in picture.terminal_text().plain.splitlines()]
    drawn = _drawn_lines(picture.PICTURE.read_text(encoding="utf-8"))
    assert "\n".join(drawn).rstrip() == "\n".join(shown)


def _drawn_lines(svg: str) -> list[str]:
    """The text of the picture, each piece in its column."""
    lines: dict[int, str] = defaultdict(str)
    for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        clip = re.fullmatch(r"url\(#terminal-line-(\d+)\)", element.get("clip-path", ""))
        if clip:
            column = round(float(element.get("x", 0)) / picture.CHARACTER_WIDTH)
            lines[int(clip[1])] = lines[int(clip[1])].ljust(column) + (element.text or "").replace(
                "\N{NO-BREAK SPACE}", " "
            )
    return [lines[number].rstrip() for number in range(max(lines) + 1)]
