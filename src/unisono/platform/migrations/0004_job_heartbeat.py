"""Jobs tell when their worker last gave a sign of life; those that run now tell it from here on."""

from django.db import migrations, models
from django.db.models.functions import Now


def running_begin_now(apps, schema_editor):
    """A job without a sign of life would never be found dead."""
    apps.get_model("platform", "Job")._base_manager.filter(state="running").update(heartbeat_at=Now())


class Migration(migrations.Migration):
    dependencies = [("platform", "0003_search_words_stored")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="heartbeat_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(running_begin_now, migrations.RunPython.noop),
    ]
