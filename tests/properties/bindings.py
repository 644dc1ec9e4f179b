"""How a function comes by its client: the code that makes it, and the expression or parameter that brings it.

In the texts, CLASS is the client's class and MAKE() makes one. The words that other code uses are exported names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Binding:
    """`setup` stands at module level and `expression` is the client wherever `setup` is in sight; with `parameter`,
    FastAPI hands the client to routes and dependencies, which hand it on as `expression`; `before` and `around` stand
    in the function itself. `classes` limits which classes the form can have."""

    name: str
    setup: str
    exports: tuple[str, ...]
    expression: str
    parameter: str = ""
    before: str = ""
    around: str = ""


_GET_LLM = "def get_llm() -> CLASS:\n    return MAKE()"
_HELD = "class Holder:\n    def __init__(self, llm: CLASS) -> None:\n        self.llm = llm"

_BINDINGS = (
    Binding("module_client", "llm = MAKE()", ("llm",), "llm"),
    Binding("annotated_module_client", "llm: CLASS = MAKE()", ("llm",), "llm"),
    Binding("walrus", "print((llm := MAKE()).max_retries)", ("llm",), "llm"),
    Binding("with_options", "llm = MAKE().with_options(timeout=30)", ("llm",), "llm"),
    Binding("two_names", "first = MAKE()\nllm = first", ("llm",), "llm"),
    Binding("tuple_assignment", 'llm, model = MAKE(), "m"', ("llm",), "llm"),
    Binding("module_of_sdk", "llm = openai.CLASS()", ("llm",), "llm"),
    Binding("module_of_sdk_alias", "llm = ai.CLASS()", ("llm",), "llm"),
    Binding("class_alias", "llm = Sdk()", ("llm",), "llm"),
    Binding("class_in_a_name", "Kind = CLASS\nllm = Kind()", ("llm",), "llm"),
    Binding(
        "guarded_import",
        "try:\n    from openai import CLASS\nexcept ImportError:\n    raise\n\nllm = CLASS()",
        ("llm",),
        "llm",
    ),
    Binding("class_attribute", "class Clients:\n    llm = MAKE()", ("Clients",), "Clients.llm"),
    Binding(
        "instance_attribute",
        "class Holder:\n    def __init__(self) -> None:\n        self.llm = MAKE()\n\n\nholder = Holder()",
        ("holder",),
        "holder.llm",
    ),
    Binding("constructor_argument", f"{_HELD}\n\n\nholder = Holder(MAKE())", ("holder",), "holder.llm"),
    Binding(
        "dataclass_field",
        "@dataclass\nclass Holder:\n    llm: CLASS\n\n\nholder = Holder(llm=MAKE())",
        ("holder",),
        "holder.llm",
    ),
    Binding(
        "base_class",
        "class Base:\n    def __init__(self) -> None:\n        self.llm = MAKE()\n\n\n"
        "class Holder(Base):\n    pass\n\n\nholder = Holder()",
        ("holder",),
        "holder.llm",
    ),
    Binding("factory", f"{_GET_LLM}\n\n\nllm = get_llm()", ("llm",), "llm"),
    Binding("factory_unannotated", "def make():\n    return MAKE()\n\n\nllm = make()", ("llm",), "llm"),
    Binding("factory_for_each", _GET_LLM, ("get_llm",), "get_llm()"),
    Binding("cached_factory", f"@lru_cache\n{_GET_LLM}", ("get_llm",), "get_llm()"),
    Binding(
        "lazy_global",
        "_llm: CLASS | None = None\n\n\ndef get_llm() -> CLASS:\n    global _llm\n    if _llm is None:\n"
        "        _llm = MAKE()\n    return _llm",
        ("get_llm",),
        "get_llm()",
    ),
    Binding("local", "", (), "llm", before="llm = MAKE()"),
    Binding("local_of_factory", _GET_LLM, ("get_llm",), "llm", before="llm = get_llm()"),
    Binding("in_place", "", (), "MAKE()"),
    Binding("with_statement", "", (), "llm", around="ASYNC with MAKE() as llm:"),
    Binding(
        "with_of_module_client", "shared = MAKE()", ("shared",), "llm", before="llm = shared.with_options(timeout=30)"
    ),
    Binding("app_state", "app.state.llm = MAKE()", (), "app.state.llm"),
    Binding(
        "request_state",
        "app.state.llm = MAKE()",
        (),
        "llm",
        parameter="request: Request",
        before="llm = request.app.state.llm",
    ),
    Binding("depends", _GET_LLM, ("get_llm",), "llm", parameter="llm: CLASS = Depends(get_llm)"),
    Binding("depends_unannotated", _GET_LLM, ("get_llm",), "llm", parameter="llm=Depends(get_llm)"),
    Binding("depends_annotated", _GET_LLM, ("get_llm",), "llm", parameter="llm: Annotated[CLASS, Depends(get_llm)]"),
    Binding(
        "depends_alias",
        f"{_GET_LLM}\n\n\nLlm = Annotated[CLASS, Depends(get_llm)]",
        ("Llm",),
        "llm",
        parameter="llm: Llm",
    ),
    Binding(
        "depends_generator",
        "def get_llm() -> Iterator[CLASS]:\n    yield MAKE()",
        ("get_llm",),
        "llm",
        parameter="llm: CLASS = Depends(get_llm)",
    ),
    Binding(
        "depends_class",
        f"{_HELD}\n\n\ndef get_holder() -> Holder:\n    return Holder(MAKE())",
        ("Holder", "get_holder"),
        "holder.llm",
        parameter="holder: Holder = Depends(get_holder)",
    ),
)
BINDINGS = {binding.name: binding for binding in _BINDINGS}
