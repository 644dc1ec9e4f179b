"""What MkDocs calls while it builds the site: the parts that are made from the code are added here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

from sitegen.pages import filled, generated_pages

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page


def on_config(config: MkDocsConfig) -> None:
    """Each page of a rule goes below the list of them."""
    rule_pages: list[str | dict[str, str]] = [path for path in generated_pages() if path.startswith("rules/")]
    for entry in config.nav or ():
        if "Rules" in entry:
            entry["Rules"] += rule_pages


def on_files(files: Files, config: MkDocsConfig) -> None:
    for path, text in generated_pages().items():
        files.append(File.generated(config, path, content=text))


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    return filled(markdown, page.file.src_uri)
