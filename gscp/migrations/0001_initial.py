import django.db.models.deletion
import gscp.record.fields
import simple_history.models
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_index=True)),
                ('clock', models.DateTimeField()),
                ('act', models.UUIDField(db_index=True)),
                ('model', models.CharField(max_length=60)),
                ('object_id', models.BigIntegerField()),
                ('object_name', models.CharField(max_length=200)),
                ('created', models.BooleanField()),
                ('plan', models.BigIntegerField(null=True)),
                ('action', models.BigIntegerField(null=True)),
                ('group', models.BigIntegerField(null=True)),
                ('about_model', models.CharField(blank=True, max_length=60)),
                ('about_id', models.BigIntegerField(null=True)),
                ('actor_id', models.BigIntegerField(db_index=True, null=True)),
                ('actor_name', models.CharField(max_length=200)),
                ('actor_post', models.TextField(blank=True)),
                ('differences', models.JSONField()),
                ('line', models.TextField()),
                ('hash', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='ChangeText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=60)),
                ('salt', models.CharField(max_length=32)),
                ('value', models.TextField(blank=True)),
                ('replaces', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='HistoricalRecordKey',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID')),
                ('public', gscp.record.fields.ClearText(max_length=64)),
                ('lost', models.BooleanField(default=False, verbose_name='the key before is lost')),
                ('history_user_id', models.BigIntegerField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical record key',
                'verbose_name_plural': 'historical record keys',
                'ordering': ['-change'],
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalRedaction',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID')),
                ('entry', models.BigIntegerField(editable=False)),
                ('field', gscp.record.fields.ClearText(editable=False, max_length=60)),
                ('state', models.CharField(choices=[('asked', 'Asked for'), ('done', 'Taken out'), ('refused', 'Refused')], default='asked', max_length=10)),
                ('history_user_id', models.BigIntegerField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical redaction',
                'verbose_name_plural': 'historical redactions',
                'ordering': ['-change'],
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='RecordKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public', gscp.record.fields.ClearText(max_length=64, unique=True)),
                ('lost', models.BooleanField(default=False, verbose_name='the key before is lost')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Redaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.BigIntegerField(editable=False)),
                ('field', gscp.record.fields.ClearText(editable=False, max_length=60)),
                ('state', models.CharField(choices=[('asked', 'Asked for'), ('done', 'Taken out'), ('refused', 'Refused')], default='asked', max_length=10)),
            ],
            options={
                'ordering': ['-change', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'refused'), _negated=True), fields=('entry', 'field'), name='one_redaction_a_text')],
            },
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('change', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='signature', serialize=False, to='gscp.change')),
                ('key', models.CharField(max_length=64)),
                ('signature', models.CharField(max_length=128)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['action', 'number'], name='gscp_change_action_ed3699_idx'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['group', 'number'], name='gscp_change_group_89a8f5_idx'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['about_model', 'about_id', 'number'], name='gscp_change_about_m_cc3faa_idx'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['model', 'object_id', 'number'], name='gscp_change_model_52f42a_idx'),
        ),
        migrations.AddField(
            model_name='changetext',
            name='change',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='historicalrecordkey',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='historicalredaction',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='recordkey',
            name='change',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='redaction',
            name='change',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddConstraint(
            model_name='changetext',
            constraint=models.UniqueConstraint(fields=('change', 'field'), name='gscp_one_text_a_field'),
        ),
        migrations.AddConstraint(
            model_name='historicalrecordkey',
            constraint=models.UniqueConstraint(fields=('id', 'change'), name='gscp_recordkey_once'),
        ),
        migrations.AddConstraint(
            model_name='historicalredaction',
            constraint=models.UniqueConstraint(fields=('id', 'change'), name='gscp_redaction_once'),
        ),
    ]
