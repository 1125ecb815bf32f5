"""Downloads: saved and never shown, and made inside the workspace's scope although the request is over."""

from collections.abc import Iterator

from unisono.platform.actor import Actor
from unisono.platform.downloads import download
from unisono.platform.scope import scoped_workspace_id
from unisono.platform.tenancy import workspace_scope


def test_each_piece_is_made_inside_the_scope(actor: Actor) -> None:
    seen = []

    def pieces() -> Iterator[bytes]:
        for piece in (b"a", b"b"):
            seen.append(scoped_workspace_id())
            yield piece

    with workspace_scope(actor.workspace_id):
        answer = download(actor, name="x.csv", content_type="text/csv", content=pieces())
    assert seen == [], "nothing is made before it is asked for"
    other = Actor(workspace_id=actor.user_id or actor.workspace_id)
    with workspace_scope(other.workspace_id):
        assert b"".join(answer) == b"ab"  # type: ignore[arg-type]
    assert seen == [actor.workspace_id] * 2


def test_a_browser_saves_it_under_its_name(actor: Actor) -> None:
    answer = download(actor, name="Ærlig “øl”.html", content_type="text/html", content=[b"<script>"])
    assert answer["Content-Disposition"] == ("attachment; filename*=utf-8''%C3%86rlig%20%E2%80%9C%C3%B8l%E2%80%9D.html")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"
