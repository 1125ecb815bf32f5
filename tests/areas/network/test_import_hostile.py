"""The hostile corpus at the door of the import: every refusal says place, rule and remedy, and nothing is saved."""

import pytest
from tests.areas.network.importing_world import Importer
from tests.engines.hostile.cases import READ, Case
from tests.engines.hostile.contacts import contacts
from tests.engines.hostile.documents import documents
from tests.engines.hostile.objects import objects
from tests.engines.hostile.tables import tables

from unisono.areas.network import importing
from unisono.areas.network.models import ImportBatch, Network, Organization, Person, Relationship
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.errors import Invalid, UseCaseError
from unisono.platform.models import StoredFile

pytestmark = pytest.mark.django_db
_FAMILIES = {"documents": documents, "objects": objects, "contacts": contacts, "tables": tables}


@pytest.mark.parametrize("family", list(_FAMILIES))
def test_hostile_files_are_refused_in_words_and_leave_nothing(actor: Actor, network: Network, family: str) -> None:
    importer = Importer(actor, network)
    looked_at = 0
    for case in _FAMILIES[family]():
        if case.is_large:
            continue
        looked_at += 1
        try:
            batch = importer.start(case.content(), name=case.name)
        except Invalid as error:
            assert case.outcome != READ, case.name
            for problem in error.problems:
                assert problem.place.startswith(case.name) and problem.rule and problem.remedy, case.name
                assert "%(" not in f"{problem}", case.name
            assert not StoredFile.objects.exists() and not ImportBatch.objects.exists(), case.name
            continue
        _checked(importer, batch, case)
        importing.remove_import(**importer.where, batch_id=batch.pk)
        assert not any(model._default_manager.exists() for model in (Organization, Person, Relationship)), case.name
        StoredFile.objects.all().delete()
    assert looked_at > 50


def _checked(importer: Importer, batch: ImportBatch, case: Case) -> None:
    """Columns as they are suggested, then the check, whose every finding is in words too."""
    try:
        mapping = importing.suggested_mapping(batch).with_custom_fields()
        job = importing.set_mapping(**importer.where, batch_id=batch.pk, mapping=mapping)
    except UseCaseError as error:
        assert all(problem.rule and problem.remedy for problem in error.problems), case.name
        return
    done = jobs.run(job, importer.actor)
    assert done.state == "done" or done.problems, case.name
    for row in importer.again(batch).rows.filter(status="wrong")[:5]:
        assert all(problem["place"] and problem["rule"] and problem["remedy"] for problem in row.problems), case.name
