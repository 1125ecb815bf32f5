from django.db import migrations


def forget_what_was_undone(apps, schema_editor):
    """An undone import keeps only what could not be undone; before, it kept everything."""
    changes = apps.get_model("network", "ImportChange")
    changes.objects.filter(batch__state="undone").delete()


class Migration(migrations.Migration):
    dependencies = [("network", "0003_silence_threshold")]
    operations = [migrations.RunPython(forget_what_was_undone, migrations.RunPython.noop)]
