"""Every page for everybody: axe finds nothing, light and dark; a phone never scrolls sideways."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from unisono import demo
from unisono.areas.network.kinds import MEMBER
from unisono.areas.network.queries import network_by_slug, select
from unisono.platform.actor import actor_of
from unisono.platform.models import User, Workspace
from unisono.platform.tenancy import workspace_scope

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PATHS = [
    "members/",
    "members/?q=nothing-like-it",
    "members/new",
    "members/{member}/",
    "members/{member}/people/",
    "members/{member}/exchange/",
    "members/{member}/relations/",
    "members/{member}/timeline/",
    "members/{member}/notes/",
    "members/{member}/comments/",
    "members/{member}/edit",
    "members/{member}/state",
    "organizations/{organization}/merge",
    "people/",
    "needs/",
    "offerings/",
    "organizations/",
    "relationships/",
    "relationships/new",
    "agreements/",
    "import/",
    "settings/",
    "settings/fields/",
]


@pytest.fixture
def demo_paths(transactional_db: None) -> tuple[User, list[str]]:
    """The demo's owner, and addresses of its pages."""
    demo.load("fjord-and-valley")
    user = User.objects.get(email="ingrid@example.org")
    workspace = Workspace.objects.get(roles__user=user)
    acting = actor_of(user, workspace)
    assert acting is not None
    with workspace_scope(workspace.pk):
        network = network_by_slug(acting, "fjord-and-valley")
        member = select(acting, network, MEMBER, query="Laerdal").first()
    base = f"/n/{network.slug}/"
    ids = {"member": member.pk, "organization": member.organization_id}
    return user, [base + path.format(**ids) for path in PATHS] + [
        "/me/",
        "/me/tokens/",
        "/me/notifications/",
        "/notifications/",
    ]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
def test_pages_are_accessible(
    open_page: Callable[..., Page],
    sign_in: Callable[[Page, User], None],
    axe_violations: Callable[[Page], list[str]],
    demo_paths: tuple[User, list[str]],
    subtests: pytest.Subtests,
    width: int,
    dark: bool,
) -> None:
    user, paths = demo_paths
    page = open_page(width=width, dark=dark)
    sign_in(page, user)
    for path in paths:
        with subtests.test(path):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200
            assert axe_violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "scrolls sideways"
