from django.db import migrations, models


class Migration(migrations.Migration):
    # Whoever held a post before holders were accepted goes on as before.

    dependencies = [("subgroups", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name=model,
            name="accepted",
            field=models.BooleanField(default=True, verbose_name="Accepted by another holder"),
        )
        for model in ("postholding", "historicalpostholding")
    ]
