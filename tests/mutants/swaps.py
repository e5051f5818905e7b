"""What an expression or statement may be turned into, as source: something close that means something else."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from functools import singledispatch
from typing import Final

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
_FUNCTIONS: Final = {"min": "max", "max": "min", "any": "all", "all": "any", "and_": "or_", "or_": "and_"}
_METHODS: Final = {
    "is_": "is_not", "is_not": "is_", "in_": "not_in", "not_in": "in_", "min": "max", "max": "min",
    "union": "intersection", "intersection": "union", "issubset": "issuperset", "issuperset": "issubset",
    "startswith": "endswith", "endswith": "startswith",
}  # fmt: skip
_OF_CONDITIONS: Final = frozenset({"where", "and_", "or_", "filter"})
_LARGER: Final = 1.5
# Turned round as a whole; comparisons and the like have swaps of their own.
_ASKED: Final = ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.NamedExpr | ast.Await
# Adding to these with anything but a plus fails at once, which shows nothing.
_WRITTEN_OUT: Final = ast.List | ast.Tuple | ast.Dict | ast.Set | ast.JoinedStr | ast.ListComp | ast.DictComp


@singledispatch
def swaps(node: ast.AST) -> Iterator[str]:
    """Sources of what may stand in the place of a statement or an expression; none for most."""
    del node
    yield from ()


@swaps.register
def _(node: ast.Compare) -> Iterator[str]:
    for place, operator in enumerate(node.ops):
        changed = deepcopy(node)
        changed.ops[place] = _COMPARISONS[type(operator)]()
        yield _source(changed)


@swaps.register
def _(node: ast.BoolOp) -> Iterator[str]:
    yield _source(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values))


@swaps.register
def _(node: ast.UnaryOp) -> Iterator[str]:
    yield _source(node.operand)


@swaps.register
def _(node: ast.BinOp) -> Iterator[str]:
    if not _joins(node):
        yield _source(ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right))


@swaps.register
def _(node: ast.AugAssign) -> Iterator[str]:
    yield ast.unparse(ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value))


@swaps.register
def _(node: ast.Constant) -> Iterator[str]:
    match node.value:
        case bool():
            yield str(not node.value)
        case int():
            yield str(node.value + 1)
        case float():
            yield repr(node.value * _LARGER) if node.value else "1.0"


@swaps.register
def _(node: ast.IfExp) -> Iterator[str]:
    yield _source(ast.IfExp(test=node.test, body=node.orelse, orelse=node.body))


@swaps.register
def _(node: ast.Call) -> Iterator[str]:
    match node.func:
        case ast.Name(id=name) if name in _FUNCTIONS:
            yield _source(ast.Call(ast.Name(_FUNCTIONS[name]), node.args, node.keywords))
        case ast.Name(id="sorted") if not node.keywords:
            yield _source(ast.Call(ast.Name("list"), node.args, []))
        case ast.Attribute(value=value, attr=name) if name in _METHODS:
            yield _source(ast.Call(ast.Attribute(value, _METHODS[name]), node.args, node.keywords))
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in _OF_CONDITIONS and (len(node.args) > 1 or called == "where"):
        for place in range(len(node.args)):
            left = [*node.args[:place], *node.args[place + 1 :]]
            yield _source(ast.Call(node.func, left, node.keywords))


@swaps.register(ast.ListComp)
@swaps.register(ast.SetComp)
@swaps.register(ast.DictComp)
@swaps.register(ast.GeneratorExp)
def _(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Iterator[str]:
    for which, generator in enumerate(node.generators):
        for place in range(len(generator.ifs)):
            changed = deepcopy(node)
            del changed.generators[which].ifs[place]
            yield ast.unparse(changed)


@swaps.register
def _(node: ast.Return) -> Iterator[str]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield "return None"


@swaps.register
def _(_: ast.Break) -> Iterator[str]:
    yield "continue"


@swaps.register
def _(_: ast.Continue) -> Iterator[str]:
    yield "break"


@swaps.register(ast.Raise)
@swaps.register(ast.Delete)
def _(_: ast.stmt) -> Iterator[str]:
    yield "pass"


@swaps.register
def _(node: ast.Expr) -> Iterator[str]:
    if isinstance(node.value, ast.Call | ast.Await) and not _is_said(node.value):
        yield "pass"


def turned(test: ast.expr) -> Iterator[str]:
    """The condition of a statement turned round, where it has no swap of its own."""
    if isinstance(test, _ASKED):
        yield f"(not {ast.unparse(test)})"


def _joins(node: ast.BinOp) -> bool:
    """Whether an operation puts texts or collections together, or types."""
    sides = (node.left, node.right)
    if any(isinstance(each, _WRITTEN_OUT) for each in sides):
        return True
    if any(isinstance(each, ast.Constant) and isinstance(each.value, str | bytes | None) for each in sides):
        return True
    # Classes are written in capitals: `isinstance(it, This | That)`.
    return isinstance(node.op, ast.BitOr) and all(isinstance(each, ast.Name) and each.id[0].isupper() for each in sides)


def _is_said(node: ast.expr) -> bool:
    """Whether a call only writes to the log."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="_log"))):
            return True
    return False


def _source(node: ast.expr) -> str:
    return f"({ast.unparse(ast.fix_missing_locations(node))})"
