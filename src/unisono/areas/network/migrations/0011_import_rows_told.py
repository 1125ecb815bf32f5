"""What an import says is kept so that each reader gets it in a language of theirs, and of what it may read."""

from django.db import migrations, models

from unisono.platform.messages import MessageField, MessagesField


class Migration(migrations.Migration):
    dependencies = [("network", "0010_bulk_edits")]

    operations = [
        migrations.AlterField("importbatch", "options", MessagesField(default=dict)),
        migrations.AlterField("importbatch", "problems", MessagesField(default=list)),
        migrations.AlterField("importrow", "candidate", MessagesField(default=dict)),
        migrations.AlterField("importrow", "note", MessageField(blank=True)),
        migrations.AlterField("importrow", "problems", MessagesField(default=list)),
        migrations.AddField("importrow", "compared", models.JSONField(default=list)),
    ]
