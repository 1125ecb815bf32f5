"""Have the picture of a network worked out anew."""

from datetime import datetime

from django.db import transaction

from unisono.areas.network import policies
from unisono.areas.network.graph.jobs import DRAW
from unisono.areas.network.models import Network, NetworkPicture
from unisono.platform import jobs
from unisono.platform.actor import Actor
from unisono.platform.models import Job


class _SomebodyWasFaster(Exception):
    pass


def renew_picture(*, actor: Actor, network: Network, at: datetime | None = None) -> Job:
    """Queue the job that works out the picture; the one that is on its way already, if there is one.

    Raises NotAllowed, NotFound.
    """
    policies.check_can_edit_records(actor, network)
    picture, _made = NetworkPicture.objects.get_or_create(network=network)
    while True:
        if (running := job_under_way(picture)) is not None:
            return running
        try:
            with transaction.atomic():
                job = jobs.start(actor=actor, kind=DRAW, subject_id=picture.pk)
                # Exactly one of two people who press at once starts it.
                claimed = NetworkPicture.objects.filter(pk=picture.pk, job_id=picture.job_id).update(job_id=job.pk)
                if not claimed:
                    raise _SomebodyWasFaster
            return job
        except _SomebodyWasFaster:
            picture.refresh_from_db()


def job_under_way(picture: NetworkPicture) -> Job | None:
    """The job that works on the picture, if one waits or runs."""
    job: Job | None = Job.objects.filter(pk=picture.job_id).first() if picture.job_id else None
    if job is None or jobs.end_if_dead(job).is_over:
        return None
    return job
