import django.db.models.deletion
import gscp.record.fields
import simple_history.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gscp', '0003_drafts_by_form'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdentityCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.BigIntegerField(editable=False)),
                ('found', gscp.record.fields.FreeText(max_length=10000, verbose_name='What it looks like, and where')),
                ('why', gscp.record.fields.FreeText(max_length=500, verbose_name='Why it may stand')),
                ('change', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HistoricalIdentityCheck',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID')),
                ('entry', models.BigIntegerField(editable=False)),
                ('found', gscp.record.fields.FreeText(max_length=10000, verbose_name='What it looks like, and where')),
                ('why', gscp.record.fields.FreeText(max_length=500, verbose_name='Why it may stand')),
                ('history_user_id', models.BigIntegerField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change')),
            ],
            options={
                'verbose_name': 'historical identity check',
                'verbose_name_plural': 'historical identity checks',
                'ordering': ['-change'],
                'get_latest_by': ('history_date', 'history_id'),
                'constraints': [models.UniqueConstraint(fields=('id', 'change'), name='gscp_identitycheck_once')],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
