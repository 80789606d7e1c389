"""Versions of the built page: another model is another version."""

from __future__ import annotations

import hashlib

from pixelfes.export.web.page_version import page_build, with_model


def hash_of(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest()[:16].encode()


BUILD = b"0123456789abcdef"
FILES = {
    "index.html": b'<meta name="pixelfes-build" content="%s"><meta content="%s">' % (BUILD, hash_of(b"model")),
    "index.html.br": b"compressed",
    "benchmark.html": b'<meta name="pixelfes-build" content="%s">' % BUILD,
    "sw.js": b'"%s" "model.safetensors?v=%s"' % (BUILD, hash_of(b"model")),
    "sw.js.gz": b"compressed",
    "model.safetensors": b"model",
}


def test_the_version_of_a_page_is_read_from_its_html() -> None:
    assert page_build(FILES) == BUILD.decode()
    assert page_build({"index.html": b"<p>"}) is None
    assert page_build({}) is None


def test_another_model_makes_another_version_everywhere() -> None:
    changed = with_model(FILES, b"mine")
    build = page_build(changed)
    assert build not in {None, BUILD.decode()}
    assert changed["model.safetensors"] == b"mine"
    for name in ("index.html", "benchmark.html", "sw.js"):
        assert str(build).encode() in changed[name]
        assert BUILD not in changed[name]
        assert hash_of(b"model") not in changed[name]
    assert hash_of(b"mine") in changed["sw.js"]
    assert "index.html.br" not in changed, "the compressed file is of the old version"
    assert "sw.js.gz" not in changed


def test_the_same_model_is_the_same_version_and_the_version_follows_from_the_model() -> None:
    assert with_model(FILES, b"model") == FILES
    assert with_model(FILES, b"mine") == with_model(FILES, b"mine")
    assert page_build(with_model(FILES, b"mine")) != page_build(with_model(FILES, b"other"))


def test_the_given_files_are_left_as_they_are() -> None:
    before = dict(FILES)
    with_model(FILES, b"mine")
    assert before == FILES


def test_files_without_a_version_just_get_the_model() -> None:
    assert with_model({"model.safetensors": b"a"}, b"b") == {"model.safetensors": b"b"}
