"""A worker killed with SIGKILL amid an import or its undo: all of it is there or nothing, and it can be done again."""

import random
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.areas.network.importing_world import Importer
from tests.areas.network.test_import_apply import RICH, RICH_TEXT
from tests.platform.killing import POINTS, counting, nursery

from unisono.areas.network import importing
from unisono.areas.network.models import (
    Capability,
    CustomField,
    ImportBatch,
    ImportChange,
    Membership,
    Need,
    Network,
    Offering,
    Organization,
    Person,
    Tag,
)
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.models import Event, Job, SearchEntry

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="kills processes as Linux does"),
]
SEED = 20261126
_TABLES = (Organization, Membership, Person, Need, Offering, Capability, Tag, CustomField, SearchEntry)
There = dict[str, int]


def there(batch: ImportBatch) -> There:
    """How many rows there are of all that the batch writes."""
    counts = {model.__name__: model.objects.count() for model in _TABLES}
    counts["changes"] = ImportChange.objects.filter(batch=batch).count()
    counts["events"] = Event.objects.filter(batch_id=batch.pk, kind__endswith=".imported").count()
    return counts


@pytest.fixture
def importer(actor: Actor, network: Network) -> Importer:
    return Importer(actor, network)


@pytest.fixture
def killed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Job, int], bool]]:
    """`killed(job, step)` lets a worker process do the job and die at this step; False when it lived to the end."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
    monkeypatch.setattr(jobs, "_DEAD_AFTER", timedelta(0))
    with nursery() as start:

        def run(job: Job, step: int) -> bool:
            status = start(job.kind, step).wait()
            assert status in (0, -signal.SIGKILL)
            return status != 0

        yield run


def _steps(importer: Importer, job: Job) -> int:
    """How many steps the job takes, done here and now."""
    with counting(lambda number: None) as steps:
        importer.run(job)
    return steps[0]


def _points(name: str, total: int) -> list[int]:
    """Where to die: seeded, spread over the whole job, the last ones around the commit."""
    chance = random.Random(f"{SEED} {name}")
    spread = [chance.randint(1 + total * part // POINTS, total * (part + 1) // POINTS) for part in range(POINTS)]
    return sorted({*spread, total})


def test_an_import_and_its_undo_are_done_as_a_whole_or_not_at_all(
    importer: Importer, killed: Callable[[Job, int], bool]
) -> None:
    # What takes how many steps is seen on the same file before.
    rehearsal = importer.check(RICH_TEXT, RICH)
    nothing = there(rehearsal)
    apply_steps = _steps(importer, importing.apply_import(**importer.where, batch_id=rehearsal.pk))
    everything = there(rehearsal)
    undo_steps = _steps(importer, importing.undo_import(**importer.where, batch_id=rehearsal.pk))
    assert {**there(rehearsal), "changes": 0, "events": 0} == nothing
    assert everything["Membership"] == 2

    batch = importer.check(RICH_TEXT, RICH)
    died = 0
    for step in _points("apply", apply_steps):
        job = importing.apply_import(**importer.where, batch_id=batch.pk)
        died += killed(job, step)
        batch = importer.again(batch)
        assert jobs.job_of(importer.actor, job.pk).is_over, "it is seen that it ended"
        if batch.state == "applied":
            assert there(batch) == everything, f"step {step}"
            break
        assert batch.state == "checked", f"step {step}"
        assert there(batch) == nothing, f"step {step}"
        assert jobs.job_of(importer.actor, job.pk).state == "failed"
    assert died
    if batch.state == "checked":
        batch = importer.apply(batch)
    assert there(batch) == everything

    died = 0
    for step in _points("undo", undo_steps):
        job = importing.undo_import(**importer.where, batch_id=batch.pk)
        died += killed(job, step)
        batch = importer.again(batch)
        assert jobs.job_of(importer.actor, job.pk).is_over
        if batch.state == "undone":
            break
        assert batch.state == "applied", f"step {step}"
        assert there(batch) == everything, f"step {step}"
        assert jobs.job_of(importer.actor, job.pk).state == "failed"
    assert died
    if batch.state == "applied":
        batch = importer.undo(batch)
    assert {**there(batch), "changes": 0, "events": 0} == nothing
