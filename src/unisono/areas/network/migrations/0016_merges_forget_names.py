from django.db import migrations


def forget_names(apps, schema_editor):
    """What stayed when a merge was taken back was kept with its name; a reader gets the names they may read."""
    records = apps.get_model("network", "MergeRecord")
    for record in records.objects.exclude(left=[]).iterator(chunk_size=500):
        left = [{name: each.get(name, "") for name in ("kind", "id", "field")} for each in record.left]
        if left != record.left:
            records.objects.filter(pk=record.pk).update(left=left)


class Migration(migrations.Migration):
    dependencies = [("network", "0015_position_pagerank")]
    operations = [migrations.RunPython(forget_names, migrations.RunPython.noop)]
