"""The forms of the guards that tests/guards.py takes away, found in the syntax tree wherever they stand."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPS = ("gscp", "subgroups", "actions", "scrutiny")
KINDS = {"decorator", "scope", "trigger", "condition", "comparison", "escape"}
# Conditions are guards in modules of these words; elsewhere they mostly choose what a page says.
CONDITIONS = {"permissions", "models", "forms", "record"}
IN_PLACE = '__import__("tests.in_place", fromlist=["tests"]).'
ESCAPES = {
    "format_html": f"{IN_PLACE}unescaped",
    "format_html_join": f"{IN_PLACE}unescaped_join",
    "conditional_escape": "str",
    "escape": "str",
    "harmless": "(lambda value: value)",
}
METHODS = {"require_safe", "require_POST", "require_http_methods"}
OPPOSITES = [
    (ast.Eq, "!="), (ast.NotEq, "=="), (ast.Lt, "<="), (ast.LtE, "<"), (ast.Gt, ">="), (ast.GtE, ">"),
    (ast.In, "not in"), (ast.NotIn, "in"), (ast.Is, "is not"), (ast.IsNot, "is"),
]  # fmt: skip


class Module:
    """A file of the applications and its syntax tree, in which each node knows what stands around it."""

    def __init__(self, path: Path):
        self.path, self.source = path, (ROOT / path).read_bytes()
        self.words = set(re.split(r"[/_.]", str(path)))
        self.lines, self.tree = self.source.splitlines(keepends=True), ast.parse(self.source)
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                child.around = [*getattr(node, "around", ()), node]

    def span(self, node) -> slice:
        """Its bytes in the file: what the tree counts in is bytes of UTF-8."""
        starts = [sum(map(len, self.lines[: line - 1])) for line in (node.lineno, node.end_lineno)]
        return slice(starts[0] + node.col_offset, starts[1] + node.end_col_offset)

    def text(self, node) -> str:
        return self.source[self.span(node)].decode()


@dataclass(frozen=True)
class Guard:
    kind: str
    module: Module
    node: ast.AST
    instead: str

    def __str__(self) -> str:
        names = [node.name for node in self.node.around if hasattr(node, "name")]
        was, becomes = (" ".join(words.split()) for words in (self.module.text(self.node), self.instead))
        where = f"{self.module.path}:{self.node.lineno}"
        return f"{where} {self.kind} in {'.'.join(names) or self.module.path.stem}: {was} -> {becomes}"

    def taken_away(self) -> bytes:
        span, source = self.module.span(self.node), self.module.source
        return source[: span.start] + self.instead.encode() + source[span.stop :]


def called(node) -> str:
    """The plain name of what is called."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def found(module: Module, node) -> Iterator[tuple[str, ast.AST, str]]:
    """The guards that this node is: of which kind, what is taken away, and what stands in its place."""
    text = module.text
    for one in getattr(node, "decorator_list", ()):
        if called(one) == "may":
            yield "decorator", one.func, f"{IN_PLACE}anybody_may"
        elif (called(one) or getattr(one, "id", "")) in METHODS:
            yield "decorator", one, "(lambda view: view)"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in scopes():
        receiver = text(node.func.value)
        if not re.fullmatch(r"cls|register|path|[A-Z]\w*", receiver):  # other things have such names too
            yield "scope", node, f"{receiver}.all()"
    if isinstance(node, ast.Expr) and called(getattr(node.value, "value", None)) == "Trigger":
        yield "trigger", node, "pass"
    if called(node)[:1].isupper() and "chain" in module.words:  # a sentence, and when a move meets it
        met = [value for value in node.args if isinstance(value, ast.Lambda)]
        yield from (("condition", value, "lambda *met: True") for value in met)
    if called(node) in ESCAPES:
        yield "escape", node.func, ESCAPES[called(node)]
    if isinstance(node, ast.keyword) and node.arg == "autoescape":
        yield "escape", node.value, "False"
    if not CONDITIONS & module.words:
        return
    if isinstance(node, ast.BoolOp):
        word = " and " if isinstance(node.op, ast.And) else " or "
        for gone in node.values:
            kept = word.join(f"({text(value)})" for value in node.values if value is not gone)
            yield "comparison", node, f"({kept})"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr)):
        if "Q(" in text(node) or "permissions" in module.words:
            yield from (("comparison", node, f"({text(side)})") for side in (node.left, node.right))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        yield "comparison", node, f"({text(node.operand)})"
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = text(node.left), text(node.comparators[0])
        yield "comparison", node, f"({left} {dict(OPPOSITES)[type(node.ops[0])]} {right})"


@cache
def modules() -> list[Module]:
    paths = (path.relative_to(ROOT) for app in APPS for path in sorted((ROOT / app).rglob("*.py")))
    return [Module(path) for path in paths if not {"migrations", "commands"} & set(path.parts)]


@cache
def scopes() -> set[str]:
    """filter and exclude, and the methods of our querysets that come down to them."""
    classes = (
        node for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)
    )
    querysets = [node for node in classes if node.name.endswith("QuerySet")]
    methods = [method for node in querysets for method in node.body if isinstance(method, ast.FunctionDef)]
    own = (
        m.name for m in methods if re.match(r"return self\b.*\.?(filter|exclude)\(", ast.unparse(m.body[-1]))
    )
    return {"filter", "exclude", *own}


def is_no_guard(guard: Guard) -> bool:
    """What columns are declared as, names for people, and what only PostgreSQL or a type checker reads."""
    names = {getattr(node, "name", "") for node in guard.node.around}
    tests = " ".join(guard.module.text(node.test) for node in guard.node.around if isinstance(node, ast.If))
    return bool(names & {"Meta", "__str__"} or re.search("TYPE_CHECKING|postgresql", tests))


def all_guards() -> Iterator[Guard]:
    for module in modules():
        for node in ast.walk(module.tree):
            guards = (Guard(kind, module, *one) for kind, *one in found(module, node))
            yield from (guard for guard in guards if not is_no_guard(guard))
