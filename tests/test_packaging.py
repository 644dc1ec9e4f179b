"""What is built from the tree, and that it works where nothing else is; and the audit of what comes with it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from report_projects import copied
from terminal import ROOT

from fixopenai import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA = {
    "fixopenai/py.typed",
    "fixopenai/sdk/surface.json",
    "fixopenai/reporting/report.schema.json",
    "fixopenai/reporting/html_report.css",
    "fixopenai/reporting/html_report.html",
    "fixopenai/reporting/html_report.js",
}


def done(*command: str | Path, folder: Path = ROOT) -> str:
    """What the command says; it has to succeed."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return folder


# -- what is built


def test_both_distributions_pass_the_checks_of_an_index(built: Path) -> None:
    assert done(sys.executable, "-m", "twine", "--no-color", "check", "--strict", *built.iterdir()).count("PASSED") == 2


def test_the_wheel_holds_the_package_and_nothing_else(built: Path, tmp_path: Path) -> None:
    files = (path for path in (ROOT / "fixopenai").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    wanted = {path.relative_to(ROOT).as_posix() for path in files}
    assert wanted >= DATA
    with zipfile.ZipFile(only(built, "*.whl")) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == wanted
        metadata = archive.read(f"fixopenai-{__version__}.dist-info/METADATA").decode()
    assert "\nLicense-Expression: MIT\nLicense-File: LICENSE\n" in metadata
    assert "\nDescription-Content-Type: text/markdown\n" in metadata
    needed = [line for line in re.findall(r"^Requires-Dist: (.+)$", metadata, re.MULTILINE) if "extra ==" not in line]
    assert len(needed) > 3
    assert all(">=" in line and "<" in line.partition(";")[0] for line in needed), needed

    done(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, ROOT)  # from the tree
    assert only(tmp_path, "*.whl").read_bytes() == only(built, "*.whl").read_bytes()


def test_the_sdist_holds_what_the_readme_links_to(built: Path) -> None:
    with tarfile.open(only(built, "*.tar.gz")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert "docs/options.md" in links
    assert [link for link in links if not any(f"{name}/".startswith(f"{link}/") for name in names)] == []


def test_the_wheel_works_in_an_empty_environment(built: Path, tmp_path: Path) -> None:
    done(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv")
    python, command = tmp_path / "venv" / "bin" / "python", tmp_path / "venv" / "bin" / "fixopenai"
    pip = (sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "--python", python)
    done(*pip, "install", "--no-compile", only(built, "*.whl"))
    done(*pip, "check")

    project = copied(tmp_path / "code", "silent_blocking_call")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    version = f"fixopenai {__version__}\n"
    assert done(command, "--version", folder=elsewhere) == version
    # Nothing of the current folder, of variables or of the user's own packages is seen.
    assert done(python, "-I", "-m", "fixopenai", "--version", folder=elsewhere) == version
    assert "FOA002" in done(command, "--explain", "FOA002", folder=elsewhere)
    assert '<html lang="en">' in done(command, "-f", "html", project, folder=elsewhere)
    (finding,) = json.loads(done(command, "-f", "json", project, folder=elsewhere))["findings"]
    assert (finding["rule"], finding["status"]) == ("FOA002", "fixed")
    done(command, "--write", project, folder=elsewhere)
    assert done(command, "--check", project, folder=elsewhere) == ""
    assert list(elsewhere.iterdir()) == []


# -- the audit of dependencies, by a service of this machine


@contextmanager
def advisories(vulnerable: str) -> Iterator[str]:
    """The address of a service that knows one vulnerability."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            bug = {"id": "OSV-1", "details": "x", "affected": [], "published": "2024-01-01T00:00:00Z"}
            body = json.dumps({"vulns": [bug]} if asked["package"]["name"] == vulnerable else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def audit(folder: Path, *options: str) -> tuple[int, str]:
    """Exit code and output for this project and two packages that it would come with."""
    names = ("fixopenai", "one", "two")
    packages = [{"metadata": {"name": name, "version": "1.0"}, "is_direct": name == "fixopenai"} for name in names]
    report = folder / "report.json"
    report.write_text(json.dumps({"install": packages}))
    command = [sys.executable, str(ROOT / ".ci" / "audit.py"), str(report), "-s", "osv", *options]
    result = subprocess.run(command, capture_output=True, text=True)
    return result.returncode, result.stdout


@pytest.mark.parametrize(
    ("vulnerable", "code", "said"),
    [
        pytest.param("two", 1, "2 of 2 packages audited, 1 vulnerable\nVULNERABLE: two 1.0: OSV-1\n", id="one"),
        pytest.param("three", 0, "2 of 2 packages audited, 0 vulnerable\n", id="none"),
    ],
)
def test_a_vulnerability_fails_the_audit(tmp_path: Path, vulnerable: str, code: int, said: str) -> None:
    with advisories(vulnerable) as address:
        assert audit(tmp_path, "--osv-url", address) == (code, said)


def test_an_audit_that_could_not_be_made_says_so(tmp_path: Path) -> None:
    code, said = audit(tmp_path, "--osv-url", "http://127.0.0.1:1")
    assert code == 0
    assert said.startswith("0 of 2 packages audited, 0 vulnerable\nNOT AUDITED: all of them: ")
    assert audit(tmp_path, "--no-such-option")[0] == 2
