from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scrutiny', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RecordCheck',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('run', models.UUIDField()),
                ('asked_at', models.DateTimeField()),
                ('heard_at', models.DateTimeField()),
                ('reached', models.BigIntegerField(default=0)),
                ('ended_at', models.DateTimeField(null=True)),
                ('failed', models.BooleanField(default=False)),
                ('number', models.BigIntegerField(default=0)),
                ('hash', models.CharField(default='', max_length=64)),
                ('findings', models.IntegerField(default=0)),
                ('found', models.TextField(default='')),
                ('redacted', models.IntegerField(default=0)),
                ('unchecked', models.TextField(default='')),
                ('key', models.CharField(default='', max_length=64)),
                ('signature', models.CharField(default='', max_length=128)),
            ],
        ),
    ]
