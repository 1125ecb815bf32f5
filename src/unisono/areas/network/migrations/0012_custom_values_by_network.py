"""Custom values of profiles that several networks share: each network gets a value of its own."""

from django.db import migrations
from django.db.models import Q

SHARED = {"organization": "Organization", "person": "Person", "capability": "Capability", "resource": "Resource"}
CHUNK = 1_000


def organizations_in(apps, network_id):
    """Ids of the organisations that are in a network: recorded there, members, or owners of something offered."""
    members = apps.get_model("network", "Membership")._base_manager.filter(network=network_id)
    owners = apps.get_model("network", "Offering").owners.through._base_manager.filter(offering__network=network_id)
    recorded = Q(recorded_in=network_id)
    known = Q(pk__in=members.values("organization_id")) | Q(pk__in=owners.values("organization_id"))
    return apps.get_model("network", "Organization")._base_manager.filter(recorded | known).values("pk")


def separate(apps, schema_editor):
    fields = apps.get_model("network", "CustomField")._base_manager.filter(record_kind__in=SHARED)
    names = {}
    for kind, name, workspace, network in fields.values_list("record_kind", "name", "workspace_id", "network_id"):
        names.setdefault((kind, workspace), {}).setdefault(network, []).append(name)
    paths = {"organization": "pk", "person": "organizations", "capability": "organization", "resource": "owner"}
    for (kind, workspace), by_network in names.items():
        model = apps.get_model("network", SHARED[kind])
        mine = model._base_manager.filter(workspace=workspace).exclude(custom={})
        for network, own in by_network.items():
            there = mine.filter(**{f"{paths[kind]}__in": organizations_in(apps, network)}).values("pk")
            for record in model._base_manager.filter(pk__in=there).iterator(chunk_size=CHUNK):
                values = {f"{network.hex}-{name}": record.custom[name] for name in own if name in record.custom}
                if values:
                    model._base_manager.filter(pk=record.pk).update(custom={**record.custom, **values})
        declared = {name for own in by_network.values() for name in own}
        for record in mine.iterator(chunk_size=CHUNK):
            left = {name: value for name, value in record.custom.items() if name not in declared}
            if len(left) < len(record.custom):
                model._base_manager.filter(pk=record.pk).update(custom=left)


class Migration(migrations.Migration):
    dependencies = [("network", "0011_import_rows_told")]
    operations = [migrations.RunPython(separate, migrations.RunPython.noop)]
