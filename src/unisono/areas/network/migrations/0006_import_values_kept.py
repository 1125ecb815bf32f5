"""The check of an import keeps the clean values of its rows."""

from django.db import migrations, models


def compare_anew(apps, schema_editor):
    """Rows checked before have no values: the apply then compares them anew."""
    apps.get_model("network", "ImportBatch")._base_manager.update(compared_with="")


class Migration(migrations.Migration):
    dependencies = [("network", "0005_picture_of_the_network")]

    operations = [
        migrations.AddField("importrow", "values", models.JSONField(default=dict)),
        migrations.RunPython(compare_anew, migrations.RunPython.noop),
    ]
