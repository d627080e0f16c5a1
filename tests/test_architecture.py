import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("data", "models", "train")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
ENTRY_POINTS = [name for name in TREES if 'if __name__ == "__main__"' in (ROOT / name).read_text(encoding="utf-8")]
MLFLOW = {
    "models/registry.py",
    "models/served.py",
    "train/server.py",
    "train/tracking.py",
    "train/registration.py",
    "train/history.py",
}
IDIOM = "if not __package__:\n    sys.path[0] = str(Path(__file__).resolve().parents[1])\n"
READS = {"open", "read_text", "read_bytes", "load", "run", "glob", "rglob", "get", "mkdir", "print", "cache_clear"}


def imported(tree):
    """Yields the first name of every module imported anywhere in a file, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." if node.level else node.module.split(".")[0]


def python(*arguments, **options):
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "COLUMNS")}
    return subprocess.run(
        [sys.executable, *arguments], cwd="/", env=environment, capture_output=True, text=True, check=False, **options
    )


def test_there_is_something_to_check():
    assert {"data/schema.py", "models/score.py", "train/run.py"} <= set(TREES)
    assert {"data/build.py", "models/score.py", "train/run.py"} <= set(ENTRY_POINTS)


@pytest.mark.parametrize(("package", "forbidden"), [("data", {"models", "train"}), ("models", {"train"})])
def test_imports_go_from_right_to_left_only(package, forbidden):
    wrong = {name for name, tree in TREES.items() if name.startswith(f"{package}/") and forbidden & set(imported(tree))}
    assert wrong == set()


def test_no_import_is_relative():
    assert {name for name, tree in TREES.items() if "." in imported(tree)} == set()


def test_mlflow_is_imported_at_its_edges_only():
    assert {name for name, tree in TREES.items() if "mlflow" in imported(tree)} <= MLFLOW


def test_the_schema_needs_the_standard_library_alone():
    assert set(imported(TREES["data/schema.py"])) <= sys.stdlib_module_names | {"__future__"}


def test_data_needs_neither_torch_nor_transformers():
    heavy = {"torch", "transformers", "mlflow", "sklearn"}
    assert {name for name, tree in TREES.items() if name.startswith("data/") and heavy & set(imported(tree))} == set()


def test_no_file_is_called_utils():
    names = {path.stem for path in FILES}
    assert names & {"utils", "util", "helpers", "helper", "common", "misc"} == set()


def test_nothing_foreign_is_run_on_loading():
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
                assert isinstance(node.value, ast.Constant), name
                assert node.value.value is False, name
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in {("torch", "load"), ("joblib", "load")}, name
        assert not {"pickle", "dill", "joblib", "cloudpickle", "shelve"} & set(imported(tree)), name


def test_transformers_always_gets_the_choice_of_remote_code_and_safetensors():
    loads = []
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "from_pretrained":
                keywords = {keyword.arg for keyword in node.keywords}
                assert "trust_remote_code" in keywords, name
                loads.append((ast.unparse(node.func), "use_safetensors" in keywords))
    assert ("AutoModel.from_pretrained", True) in loads


def test_no_file_works_at_import():
    allowed = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Assign,
        ast.AnnAssign,
        ast.If,
    )
    for name, tree in TREES.items():
        for node in tree.body:
            text = ast.unparse(node)
            if isinstance(node, ast.Expr):
                is_docstring = isinstance(node.value, ast.Constant)
                assert is_docstring or (name, text) == ("models/served.py", "mlflow.models.set_model(ServedModel())")
                continue
            assert isinstance(node, allowed), f"{name}: {text}"
            if isinstance(node, ast.If):
                assert ast.unparse(node.test) in {"TYPE_CHECKING", "not __package__", "__name__ == '__main__'"}, name
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                called = {
                    getattr(c.func, "attr", getattr(c.func, "id", ""))
                    for c in ast.walk(node)
                    if isinstance(c, ast.Call)
                }
                assert not called & READS, f"{name}: {text}"


def test_every_file_says_in_its_first_line_what_it_does():
    for name, tree in TREES.items():
        first = (ast.get_docstring(tree) or "").split("\n")[0]
        assert first.endswith("."), name


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_an_entry_point_replaces_its_folder_by_the_checkout_before_it_imports_ours(name):
    source = (ROOT / name).read_text(encoding="utf-8")
    assert source.count(IDIOM) == 1
    before = ast.parse(source[: source.index(IDIOM)])
    assert not set(imported(before)) - sys.stdlib_module_names - {"__future__"}


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_help_is_quick_from_anywhere(name):
    script = (
        "import runpy, sys\n"
        f"sys.path[0] = {str((ROOT / name).parent)!r}; sys.argv = [{str(ROOT / name)!r}, '--help']\n"
        "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit as stop:\n    code = stop.code or 0\n"
        "heavy = {'torch', 'transformers', 'mlflow', 'sklearn', 'pandas', 'matplotlib', 'pyarrow'} & set(sys.modules)\n"
        f"print('\\nEND', code, sorted(heavy), sys.path[0] == {str(ROOT)!r})\n"
    )
    done = python("-c", script)
    assert "Usage:" in done.stdout, done.stderr
    assert done.stdout.rstrip().endswith("END 0 [] True"), done.stdout[-300:]


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_an_entry_point_runs_as_a_script_from_another_folder(name):
    done = python(str(ROOT / name), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_wrong_usage_of_an_entry_point_has_status_2(name):
    done = python(str(ROOT / name), "--no-such-option")
    assert done.returncode == 2
    assert "No such option: --no-such-option" in done.stderr


def test_the_packages_imported_elsewhere_are_those_of_this_checkout():
    done = python("-c", "import data, models, train; print(*(m.__path__[0] for m in (data, models, train)), sep='\\n')")
    assert done.stdout.split("\n")[:3] == [str(ROOT / package) for package in PACKAGES], done.stderr


def test_importing_the_packages_brings_nothing_heavy():
    script = (
        "import sys, data.schema, models, train.config; print(sorted({'torch', 'mlflow', 'pandas'} & set(sys.modules)))"
    )
    assert python("-c", script).stdout == "[]\n"
