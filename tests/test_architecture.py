"""The shape of the code, checked by reading its syntax trees."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BACKEND = ROOT / "backend"
ORDER = [
    "core",
    "people",
    "audit",
    "notifications",
    "accounts",
    "pages",
    "releases",
    "submissions",
    "comments",
    "ratings",
    "suggestions",
    "sending",
    "answers",
    "following",
    "publishing",
    "registrations",
    "workshops",
    "safeguarding",
    "privacy",
    "insight",
    "exports",
    "api",
]
TOP = {"main", "worker", "cli"}
NOT_NAMES = {"utils", "helpers", "common", "manager", "service", "base"}
LAYERS = {"models": 0, "queries": 1, "routes": 3, "staff_routes": 3}
BELOW_RULES = {
    "people.addresses": 0, "registrations.kinds": 0, "releases.content": 0, "releases.kinds": 0,
    "workshops.durations": 0,
    "answers.scope": 1, "answers.linking": 1,
}  # fmt: skip
"""Modules with names of their own that are no rules: values that tables are made of, and parts of queries."""

MODULES = sorted(path for path in BACKEND.rglob("*.py") if path.name != "__init__.py")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def feature_of(path: Path) -> str:
    parts = path.relative_to(BACKEND).parts
    return parts[0].removesuffix(".py")


def layer_of(feature: str, module: str) -> int:
    """Routes stand over rules, rules over queries, queries over models."""
    if module.endswith("routes"):
        return 3
    return BELOW_RULES.get(f"{feature}.{module}", LAYERS.get(module, 2))


def imported(path: Path) -> list[tuple[str, str]]:
    """Every (feature, module) of ours that the file imports; the module is empty where a whole feature is imported."""
    found: list[tuple[str, str]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name_of(path)} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "backend":
                found.append((parts[1], parts[2] if len(parts) > 2 else ""))
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_left(path: Path) -> None:
    feature, layer = feature_of(path), layer_of(feature_of(path), path.stem)
    for other, module in imported(path):
        if feature in TOP:
            continue
        assert other not in TOP, f"{name_of(path)} imports {other}, which knows every feature"
        assert not module.endswith("routes"), f"{name_of(path)} imports the routes of {other}: only main.py may"
        if other == feature:
            assert layer_of(other, module) <= layer, f"{name_of(path)} imports {module}, which stands above it"
        elif layer < 3:
            assert ORDER.index(other) < ORDER.index(feature), f"{name_of(path)} imports {other}, which is to its right"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_is_imported_inside_a_function(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [child for child in ast.walk(node) if isinstance(child, ast.Import | ast.ImportFrom)]
            assert not inner, f"{name_of(path)}: {node.name} imports inside"


def test_every_feature_has_its_place_in_the_order() -> None:
    features = {path.name for path in BACKEND.iterdir() if (path / "__init__.py").exists()}
    assert features <= set(ORDER), f"say where {features - set(ORDER)} stand in the order"


def test_modules_are_named_after_what_they_do() -> None:
    bad = [name_of(path) for path in MODULES if path.stem in NOT_NAMES]
    assert not bad


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_fit_in_the_head(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300, f"{name_of(path)} is too long: look for the second idea inside"


def test_rules_and_queries_never_commit() -> None:
    allowed = {"backend/core/db.py"}
    for path in MODULES:
        commits = [
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute)
            and node.attr == "commit"
            and isinstance(node.value, ast.Name)
            and node.value.id in {"session", "own"}
        ]
        assert not commits or name_of(path) in allowed, f"{name_of(path)} commits"


def test_only_the_clock_tells_the_time() -> None:
    told = re.compile(r"datetime\.now\(|datetime\.utcnow\(|date\.today\(|time\.time\(")
    guilty = [name_of(path) for path in MODULES if path.name != "clock.py" and told.search(path.read_text())]
    assert not guilty


def test_templates_and_tests_are_named_after_features() -> None:
    features = {path.name for path in BACKEND.iterdir() if (path / "__init__.py").exists()}
    folders = {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()}
    assert folders - {"errors", "email"} <= features
    folders = {path.name for path in (ROOT / "tests").iterdir() if (path / "__init__.py").exists()}
    assert folders - {"browser", "bench", "seed"} <= features


def test_a_page_is_named_after_the_route_that_shows_it() -> None:
    for path in BACKEND.glob("*/*routes.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and _verb(node) == "get" and (shown := _rendered(node)):
                assert f"{path.parent.name}/{node.name}.html" in shown, f"{name_of(path)}: {node.name} renders {shown}"


def _verb(node: ast.FunctionDef) -> str:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
            return decorator.func.attr
    return ""


def _rendered(node: ast.FunctionDef) -> list[str]:
    """The templates that the function itself names in `web.render(request, "…")`."""
    return [
        call.args[1].value
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "render"
        and len(call.args) > 1
        and isinstance(call.args[1], ast.Constant)
        and isinstance(call.args[1].value, str)
    ]
