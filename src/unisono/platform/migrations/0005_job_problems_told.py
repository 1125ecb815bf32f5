"""Problems of jobs are kept so that each reader gets them in a language of theirs."""

from django.db import migrations

from unisono.platform.messages import MessagesField


class Migration(migrations.Migration):
    dependencies = [("platform", "0004_job_heartbeat")]

    operations = [migrations.AlterField("job", "problems", MessagesField(default=list))]
