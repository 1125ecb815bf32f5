"""What tests of imports share: a file given as text goes through its steps in one call each."""

from collections.abc import Mapping
from typing import Any

from unisono.areas.network import importing
from unisono.areas.network.models import ImportBatch, Network
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.models import Job

MEMBER = {"Company": "name", "Key": "key", "City": "place", "Level": "tier", "Joined": "joined_on", "Tags": "tags",
          "Web": "website"}  # fmt: skip


class Importer:
    """Imports as one person in one network."""

    def __init__(self, actor: Actor, network: Network) -> None:
        self.actor, self.network = actor, network
        self.where: dict[str, Any] = {"actor": actor, "network": network}

    def start(self, text: str | bytes, *, name: str = "members.csv", **options: Any) -> ImportBatch:
        content = text if isinstance(text, bytes) else text.encode()
        return importing.start_import(**self.where, file=(name, [content]), options=options)

    def run(self, job: Job) -> Job:
        done = jobs.run(job, self.actor)
        assert done.state == Job.State.DONE, done.problems
        return done

    def check(self, text: str, mapping: Mapping[str, Any] | None = None) -> ImportBatch:
        """The batch after its check; by default all rows are members with the columns of MEMBER."""
        batch = self.start(text)
        if mapping is None:
            mapping = {"columns": {"member": {c: MEMBER[c] for c in batch.headers if c in MEMBER}}}
        self.run(importing.set_mapping(**self.where, batch_id=batch.pk, mapping=mapping))
        return self.again(batch)

    def again(self, batch: ImportBatch) -> ImportBatch:
        return importing.get_batch(self.actor, self.network, batch.pk)

    def apply(self, batch: ImportBatch, *, undecided: str = "separate") -> ImportBatch:
        self.run(importing.apply_import(**self.where, batch_id=batch.pk, undecided=undecided))
        return self.again(batch)

    def undo(self, batch: ImportBatch) -> ImportBatch:
        self.run(importing.undo_import(**self.where, batch_id=batch.pk))
        return self.again(batch)

    def bring_in(self, text: str, mapping: Mapping[str, Any] | None = None) -> ImportBatch:
        return self.apply(self.check(text, mapping))

    def counts(self, batch: ImportBatch) -> dict[str, int]:
        """Counts that are not nought, rows in all aside."""
        counts = importing.counts_of(self.again(batch))
        counts.pop("rows")
        return {status: number for status, number in counts.items() if number}

    def row(self, batch: ImportBatch, number: int) -> Any:
        return importing.row_of(self.actor, self.network, batch, number)
