"""One-time links and tokens: used once, over in time, hashed at rest."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from unisono.platform import accounts
from unisono.platform.accounts import (
    actor_of_token,
    create_token,
    find_sign_in_link,
    make_sign_in_link,
    revoke_token,
    use_sign_in_link,
)
from unisono.platform.errors import Conflict, Invalid, NotAllowed, NotFound
from unisono.platform.models import SignInLink, Token, User
from unisono.platform.scope import NoWorkspaceScope
from unisono.platform.tenancy import workspace_scope


def use_at_once(secret: str, times: int = 8) -> int:
    """How many of `times` simultaneous uses of one link succeed."""

    def use(_turn: int) -> bool:
        try:
            use_sign_in_link(secret)
        except NotFound:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(times) as pool:
        return sum(pool.map(use, range(times)))


@pytest.mark.django_db
def test_a_link_signs_in_once(owner: User) -> None:
    secret = make_sign_in_link(owner)
    assert find_sign_in_link(secret) == owner
    assert find_sign_in_link(secret) == owner, "looking at the page does not use the link up"
    assert use_sign_in_link(secret) == owner
    assert find_sign_in_link(secret) is None
    with pytest.raises(NotFound, match="was used"):
        use_sign_in_link(secret)


@pytest.mark.django_db
def test_a_link_is_good_for_a_day_and_kept_as_a_hash(owner: User) -> None:
    secret = make_sign_in_link(owner, at=timezone.now() - timedelta(hours=25))
    assert find_sign_in_link(secret) is None
    assert secret not in str(list(SignInLink.objects.values()))


@pytest.mark.django_db
def test_a_closed_account_does_not_sign_in(owner: User) -> None:
    secret = make_sign_in_link(owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    with pytest.raises(NotFound):
        use_sign_in_link(secret)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_signs_in(owner: User) -> None:
    assert use_at_once(make_sign_in_link(owner)) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_guard_several_would(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: with a look and then a write, instead of one conditional write, many pass."""

    def look_then_write(secret: str) -> User:
        user = find_sign_in_link(secret)
        if user is None:
            raise NotFound.at("link", "used", "")
        together.wait()
        SignInLink.objects.filter(secret_hash=accounts.hash_of(secret)).update(used_at=timezone.now())
        return user

    from threading import Barrier

    together = Barrier(4, timeout=10)
    monkeypatch.setitem(globals(), "use_sign_in_link", look_then_write)
    assert use_at_once(make_sign_in_link(owner), times=4) > 1


@pytest.mark.django_db
def test_a_token_opens_its_workspace_with_its_scopes_until_revoked(actor) -> None:
    token, secret = create_token(actor=actor, name="bridge", scopes=["read"])
    found = actor_of_token(secret)
    assert found is not None
    assert found[0].workspace_id == actor.workspace_id
    assert found[0].scopes == {"read"}
    assert secret not in str(list(Token.objects.values()))
    revoke_token(actor=actor, token_id=token.pk)
    assert actor_of_token(secret) is None
    with pytest.raises(Conflict):
        revoke_token(actor=actor, token_id=token.pk)


@pytest.mark.django_db
def test_a_token_cannot_make_another(actor) -> None:
    _token, secret = create_token(actor=actor, name="bridge", scopes=["read", "write"])
    found = actor_of_token(secret)
    assert found is not None
    with pytest.raises(NotAllowed):
        create_token(actor=found[0], name="more")
    with pytest.raises(Invalid, match="no scope"):
        create_token(actor=actor, name="more", scopes=["everything"])


@pytest.mark.django_db
def test_tokens_expire_and_belong_to_their_user(actor, make_actor) -> None:
    token, secret = create_token(actor=actor, name="old", expires_at=timezone.now() - timedelta(seconds=1))
    assert actor_of_token(secret) is None
    with pytest.raises(NotFound):
        revoke_token(actor=make_actor("orchestrator"), token_id=token.pk)


@pytest.mark.django_db
def test_a_query_outside_a_scope_raises(workspace) -> None:
    """Tenancy fails closed: forgetting the scope is an error, never everybody's rows."""
    with pytest.raises(NoWorkspaceScope):
        Token.objects.count()
    with workspace_scope(workspace.pk):
        assert Token.objects.count() == 0
