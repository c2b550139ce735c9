"""A line of text -> a tree of allowed operations on the distances of queries, or a sentence.

What a node stands for has a shape, known before any tensor is there: one number, one per query
`(query, 1)`, one per positive `(query, K)` or one per negative `(query, M)`. The text is never run:
`parse` reads it by the precedences of `_BINDS`, and `typed.py` knows what each operation does.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

Shape = Literal["number", "query", "pos", "neg"]
VARIABLES: dict[str, Shape] = {"d_pos": "pos", "d_neg": "neg", "s_pos": "pos", "s_neg": "neg"}
ELEMENTWISE = ("exp", "log", "sqrt", "relu", "softplus", "sigmoid", "detach")
ROW_WISE = ("sum", "mean", "logsumexp", "max", "min", "softmax")
EITHER = ("max", "min")
"""Of one value along the row, of two values element by element."""
FUNCTIONS = (*ROW_WISE, *ELEMENTWISE)

MOST_CHARACTERS = 400
MOST_DEPTH = 32
MOST_NAMES = 6
MOST_NAME = 20

_BINDS = {"+": 10, "-": 10, "*": 20, "/": 20, "**": 40}
_MINUS_BINDS = 30
_WORDS = {
    "number": "one number for all queries",
    "query": "one number per query",
    "pos": "one number per positive",
    "neg": "one number per negative",
}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<sign>\*\*|[-+*/(),])|(?P<other>\S))"
)


class ExpressionError(ValueError):
    """Text that is no formula, in a sentence: what was needed, what came, and where.

    Attributes:
        at: Position of the place in the text, from 0; its length where the end came too soon.
        side: "attraction" or "repulsion", whichever the text was to be.
    """

    def __init__(self, needed: str, got: str, at: int, side: str) -> None:
        super().__init__(f"{needed}, got {got} at character {at + 1} of the {side}.")
        self.at = at
        self.side = side


@dataclass(frozen=True)
class Node:
    """An operation and what it is of; equal where the formulas are, wherever they stand.

    Attributes:
        op: "constant", "name", a key of `VARIABLES`, one of `FUNCTIONS`, "minus", or a sign.
        args: What it is applied to.
        shape: What there is one number for.
        value: Of a constant.
        name: Of a free name.
        at: Where it begins in the text.
        depth: Operations one upon another, itself included.
    """

    op: str
    args: tuple[Node, ...]
    shape: Shape
    value: float = 0.0
    name: str = ""
    at: int = field(default=0, compare=False)
    depth: int = field(default=1, compare=False)


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


@lru_cache(maxsize=256)
def parse(text: str, side: str) -> Node:
    """The tree of a formula.

    Args:
        side: "attraction" or "repulsion", for the sentences.

    Raises:
        ExpressionError: It is none, or it is too long, too deep, or stands for a number per
            negative; the sentence says what was needed, what came and where.
    """
    if len(text) > MOST_CHARACTERS:
        needed = f"A formula has at most {MOST_CHARACTERS} characters"
        raise ExpressionError(needed, f"{len(text)}, the first too many", MOST_CHARACTERS, side)
    node = _Parser(text, side).whole()
    if node.shape == "neg":
        needed = (
            f"One number per query or per positive is needed: put the {side} in sum() or mean()"
        )
        raise ExpressionError(needed, _WORDS["neg"], node.at, side)
    if node.shape == "number" and free_names(node):
        needed = f"Something of {', '.join(VARIABLES)} is needed, or a plain number such as 0"
        raise ExpressionError(needed, f"only {', '.join(free_names(node))}", node.at, side)
    return node


def free_names(node: Node) -> dict[str, int]:
    """Names that are given a value from outside, in their order, and where each stands first."""
    if node.op == "name":
        return {node.name: node.at}
    found: dict[str, int] = {}
    for arg in node.args:
        for name, at in free_names(arg).items():
            found.setdefault(name, at)
    return found


def softmaxes(node: Node, of: Shape) -> set[Node]:
    """The different softmaxes over positives ("pos") or negatives ("neg") in a tree."""
    found = set().union(*(softmaxes(arg, of) for arg in node.args))
    return found | {node} if node.op == "softmax" and node.shape == of else found


class _Parser:
    """Reads tokens from left to right; operators bind by `_BINDS`."""

    def __init__(self, text: str, side: str) -> None:
        self.side = side
        self.tokens = [
            _Token(str(found.lastgroup), found[found.lastgroup or 0], found.start(found.lastgroup))
            for found in _TOKEN.finditer(text)
            if found.lastgroup
        ]
        self.tokens.append(_Token("end", "", len(text.rstrip())))
        self.next = 0
        self.level = 0

    def whole(self) -> Node:
        node = self.expression(0)
        if self.peek().text == ")":
            raise self.error("An opening bracket for each closing one is needed", self.peek())
        if self.peek().kind != "end":
            power = self.peek().text == "^"
            needed = (
                "A power is written **" if power else "An operator such as + or * is needed here"
            )
            raise self.error(needed, self.peek())
        return node

    def peek(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.tokens[self.next]
        self.next += token.kind != "end"
        return token

    def error(self, needed: str, token: _Token) -> ExpressionError:
        quoted = repr(token.text[:MOST_NAME] + ("…" if len(token.text) > MOST_NAME else ""))
        got = "the end" if token.kind == "end" else quoted
        return ExpressionError(needed, got, token.at, self.side)

    def expression(self, least: int) -> Node:
        """What follows, as far as its operators bind at `least` or more tightly."""
        self.level += 1
        if self.level > MOST_DEPTH:
            raise self.error(
                f"Brackets, signs and powers go at most {MOST_DEPTH} deep", self.peek()
            )
        left = self.operand()
        while (binds := _BINDS.get(self.peek().text, -1)) >= least:
            sign = self.take()
            # powers are taken from the right: 2 ** 3 ** 2 is 2 ** 9
            right = self.expression(binds if sign.text == "**" else binds + 1)
            shape = self.joined(left, right, sign)
            left = self.node(sign, Node(sign.text, (left, right), shape, at=left.at))
        self.level -= 1
        return left

    def operand(self) -> Node:
        token = self.take()
        if token.kind == "number":
            if not math.isfinite(value := float(token.text)):
                raise self.error("A number below 1e308 is needed", token)
            return Node("constant", (), "number", value=value, at=token.at)
        if token.text == "-":
            inner = self.expression(_MINUS_BINDS)
            return self.node(token, Node("minus", (inner,), inner.shape, at=token.at))
        if token.text == "(":
            inner = self.expression(0)
            self.close(token)
            return inner
        if token.text in VARIABLES:
            return Node(token.text, (), VARIABLES[token.text], at=token.at)
        if token.text in FUNCTIONS:
            return self.call(token)
        if token.kind == "name":
            return self.free_name(token)
        if token.kind == "other":
            raise self.error("A formula of names, numbers, + - * / ** , ( and ) is needed", token)
        raise self.error("A value such as d_pos or 2 is needed here", token)

    def free_name(self, token: _Token) -> Node:
        if self.peek().text == "(":
            raise self.error(
                f"A function is needed before a bracket ({', '.join(FUNCTIONS)})", token
            )
        if len(token.text) > MOST_NAME:
            raise self.error(f"A name of at most {MOST_NAME} characters is needed", token)
        return Node("name", (), "number", name=token.text, at=token.at)

    def call(self, token: _Token) -> Node:
        if (bracket := self.take()).text != "(":
            raise self.error(f"A bracket after {token.text} is needed", bracket)
        args = [self.expression(0)]
        while self.peek().text == ",":
            comma = self.take()
            if len(args) == (2 if token.text in EITHER else 1):
                raise self.error(
                    f"{token.text} needs {len(args)} value{'s' * (len(args) > 1)}", comma
                )
            args.append(self.expression(0))
        self.close(bracket)
        first = args[0]
        if len(args) == 2:
            shape = self.joined(first, args[1], token)
        elif token.text in ELEMENTWISE:
            shape = first.shape
        elif first.shape in ("number", "query"):
            needed = (
                f"{token.text} goes along a row and needs something per positive or per negative"
            )
            raise ExpressionError(needed, _WORDS[first.shape], first.at, self.side)
        else:
            shape = first.shape if token.text == "softmax" else "query"
        return self.node(token, Node(token.text, tuple(args), shape, at=token.at))

    def close(self, opened: _Token) -> None:
        token = self.take()
        if token.text != ")":
            needed = f"A closing bracket for that at character {opened.at + 1} is needed"
            raise self.error(needed, token)

    def node(self, token: _Token, node: Node) -> Node:
        depth = 1 + max(arg.depth for arg in node.args)
        if depth > MOST_DEPTH:
            raise self.error(f"At most {MOST_DEPTH} operations may stand one upon another", token)
        return Node(node.op, node.args, node.shape, at=node.at, depth=depth)

    def joined(self, left: Node, right: Node, token: _Token) -> Shape:
        """What there is one number for where two values meet element by element."""
        if {left.shape, right.shape} == {"pos", "neg"}:
            needed = (
                "Positives and negatives meet only through a row-wise function such as "
                "sum or logsumexp on one of them"
            )
            got = f"{_WORDS[left.shape]} and {_WORDS[right.shape]}"
            raise ExpressionError(needed, got, token.at, self.side)
        order: tuple[Shape, ...] = ("number", "query", "pos", "neg")
        return max(left.shape, right.shape, key=order.index)
