"""The shipped JSON-LD contexts: complete, undamaged, the text of the Recommendations, and nothing beside them."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import rfc8785

from credentials import contexts
from credentials.contexts import SHIPPED, DamagedContext, load_library
from credentials.errors import UnknownContext
from tests.vectors import VECTORS, needs_vectors, read_vector

FOLDER = Path(contexts.__file__).parent / "contexts"
SOURCES = json.loads((FOLDER / "SOURCES.json").read_text(encoding="utf-8"))["contexts"]


@pytest.mark.parametrize("source", [pytest.param(source, id=source["file"]) for source in SOURCES])
def test_a_context_says_where_it_comes_from(source: dict[str, str]) -> None:
    """Each file names its package, version and licence, and its content has both digests that SOURCES.json gives."""
    data = (FOLDER / source["file"]).read_bytes()
    assert source["package"].startswith("npm:")
    assert source["version"]
    assert source["licence"]
    assert hashlib.sha256(data).hexdigest() == source["sha256"]
    assert hashlib.sha256(rfc8785.dumps(json.loads(data))).hexdigest() == source["jcs_sha256"]


def test_every_file_is_listed() -> None:
    """A context without a source is not shipped."""
    listed = {source["file"] for source in SOURCES} | {"SOURCES.json", "LICENSES.md"}
    assert {path.name for path in FOLDER.iterdir()} == listed


@needs_vectors
@pytest.mark.parametrize("source", [pytest.param(source, id=source["file"]) for source in SOURCES])
def test_a_context_has_the_published_content(source: dict[str, str]) -> None:
    """What the packages ship is, as JSON, what W3C and 1EdTech publish; the printed digests fit the published bytes."""
    manifest = read_vector("contexts/manifest.json")
    (name,) = [name for name, entry in manifest.items() if entry["url"] == source["url"]]
    published = VECTORS / "contexts" / name
    assert json.loads(published.read_bytes()) == SHIPPED.get(source["url"])
    if "recommendation_sha256" in source:
        assert hashlib.sha256(published.read_bytes()).hexdigest() == source["recommendation_sha256"]


def test_a_damaged_context_is_not_loaded(tmp_path: Path) -> None:
    """One changed byte in a context changes what every signature means, so nothing is loaded at all."""
    folder = tmp_path / "contexts"
    shutil.copytree(FOLDER, folder)
    assert load_library(folder).documents.keys() == SHIPPED.documents.keys()
    path = folder / "open-badges-3.0.3.json"
    path.write_bytes(path.read_bytes().replace(b"schema.org/name", b"schema.org/nome"))
    with pytest.raises(DamagedContext, match=r"open-badges-3\.0\.3\.json"):
        load_library(folder)


def test_other_contexts_do_not_exist() -> None:
    """Nothing is fetched: a URL that is not shipped is unknown."""
    with pytest.raises(UnknownContext) as caught:
        SHIPPED.get("https://www.w3.org/ns/credentials/v3")
    assert caught.value.url == "https://www.w3.org/ns/credentials/v3"


def test_a_shipped_text_cannot_be_replaced() -> None:
    """A library with further contexts keeps the shipped text of the URLs that are known already."""
    more = SHIPPED.with_documents(
        {contexts.CREDENTIALS_V2: {"@context": {}}, "https://other.example/v1": {"@context": {}}}
    )
    assert more.get(contexts.CREDENTIALS_V2) is SHIPPED.get(contexts.CREDENTIALS_V2)
    assert more.get("https://other.example/v1") == {"@context": {}}
