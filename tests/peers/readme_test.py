"""The pages are tested: ```sh blocks run, ```yaml blocks of recipes pass `hubmill recipe check`."""
import re
import shutil
import subprocess

import pytest
from conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(language: str) -> list:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            found.append(pytest.param(match.group(1), id=f"{page.name}:{line}"))
    return found


@pytest.fixture
def workplace(hubmill, tmp_path):
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    return hubmill


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("script", blocks("sh"))
def test_shell_blocks_run(workplace, script):
    lines = script.splitlines()
    for line in lines:  # `make` would build all again: its targets must exist.
        if line.startswith("make "):
            assert line.split()[1] in make_targets()
    script = "\n".join(line for line in lines if not line.startswith("make "))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=workplace.cwd,
                          env=workplace.environment(), capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("recipe", [block for block in blocks("yaml")
                                    if block.values[0].startswith("recipe:")])
def test_recipe_blocks_run(workplace, recipe):
    (workplace.cwd / "recipe.yaml").write_text(recipe)
    workplace("recipe", "check", "recipe.yaml")
    workplace("run", "recipe.yaml", "--out", "out/page")


def test_the_output_folder_is_as_the_page_draws_it(workplace):
    workplace("run", "sample", "--out", "out/sample")
    page = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^[├└]── (\S+)", page, re.MULTILINE)
    assert len(drawn) > 5
    for name in drawn:
        assert (workplace.cwd / "out/sample" / name).exists(), name
