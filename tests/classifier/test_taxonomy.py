"""The taxonomy: enough of it, edited and written back, and broken files told by line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from classifier.taxonomy import BadTaxonomy, Deadlines, Taxonomy, load_taxonomy

pytestmark = pytest.mark.unit


def test_the_taxonomy_has_the_scale_of_a_real_centre() -> None:
    items = load_taxonomy().items.values()
    assert len(items) >= 126
    assert len({item.group for item in items}) >= 36
    for item in items:
        due = item.deadlines
        assert 0 < due.received <= due.feedback
        assert due.on_site <= due.feedback
        assert item.advise or not item.emergency
    assert all(item.lead for item in items if item.emergency)


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    taxonomy = load_taxonomy()
    path = tmp_path / "site" / "taxonomy.toml"
    taxonomy.save(path)
    assert Taxonomy.load(path) == taxonomy
    assert [file.name for file in path.parent.iterdir()] == ["taxonomy.toml"]


def test_a_supervisor_changes_adds_and_removes_items(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.toml"
    taxonomy = load_taxonomy()
    item = taxonomy.items["C0101"]
    changed = replace(item, level="一级", deadlines=Deadlines(1, 15, 45), ask=('"哪里"\\\n？',))
    edited = taxonomy.revised(changed, "2-site-1").without("O0104", "2-site-2")
    edited = edited.revised(replace(item, code="C9901", name="新事项"), "2-site-3")
    edited.save(path)
    again = Taxonomy.load(path)
    assert again.version == "2-site-3"
    assert again.items["C0101"] == changed
    assert "O0104" not in again.items
    assert list(again.items)[-1] == "C9901"
    assert taxonomy.items["C0101"] == item


def test_what_cannot_be_used_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.toml"
    taxonomy = load_taxonomy()
    taxonomy.save(path)
    before = path.read_bytes()
    bad = replace(taxonomy.items["C0101"], lead="宇航")
    with pytest.raises(BadTaxonomy, match="unknown unit kind '宇航'"):
        taxonomy.revised(bad, "3").save(path)
    unwritable = replace(taxonomy.items["C0101"], ask=("\ud800",))
    with pytest.raises(BadTaxonomy):
        taxonomy.revised(unwritable, "3").save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    ["[" * 100_000, "version = 1", 'version = "1"\nitem = 3', 'version = "1"\n[[item]]\n', "\x00"],
    ids=["deep", "number", "no items", "empty item", "control"],
)
def test_any_content_is_answered_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "taxonomy.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadTaxonomy) as caught:
        Taxonomy.load(path)
    assert str(path) in str(caught.value)


def test_the_line_of_the_second_item_is_named(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.toml"
    text = load_taxonomy().as_toml()
    lines = text.splitlines()
    second = [n for n, line in enumerate(lines) if line == "[[item]]"][1]
    at = next(n for n in range(second, len(lines)) if lines[n].startswith("level"))
    lines[at] = 'level = "五级"'
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadTaxonomy, match=rf":{at + 1}: item 2 \(E0102\): 'level' is '五级'"):
        Taxonomy.load(path)
    path.write_text(text.replace('code = "E0102"', 'code = "E0101"'), encoding="utf-8")
    with pytest.raises(BadTaxonomy, match=r"item 2 \(E0101\): the code is used twice"):
        Taxonomy.load(path)
