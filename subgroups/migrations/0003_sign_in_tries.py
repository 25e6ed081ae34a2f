from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subgroups', '0002_a_holding_is_accepted'),
    ]

    operations = [
        migrations.CreateModel(
            name='SignInTries',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('wrong', models.PositiveIntegerField(default=0)),
                ('last_at', models.DateTimeField(db_index=True)),
            ],
        ),
    ]
