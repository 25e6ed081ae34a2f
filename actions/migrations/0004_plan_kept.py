import django.db.models.deletion
import gscp.record.fields
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('actions', '0003_put_in_force'),
        ('gscp', '0001_initial'),
        ('subgroups', '0004_meeting_addresses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AmendedWho',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
            ],
            options={
                'verbose_name': 'who is named in a change',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Amendment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed', gscp.record.fields.ClearText(max_length=200, verbose_name='what changes')),
                ('title', gscp.record.fields.FreeText(blank=True, max_length=300)),
                ('text', gscp.record.fields.FreeText(blank=True, max_length=10000, verbose_name='action')),
                ('outcome', gscp.record.fields.FreeText(blank=True, max_length=10000, verbose_name='outcome wanted')),
                ('known_by', gscp.record.fields.FreeText(blank=True, max_length=10000, verbose_name='how it will be known')),
                ('priority', models.CharField(blank=True, choices=[('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], max_length=10)),
                ('who', gscp.record.fields.FreeText(blank=True, max_length=500, verbose_name='who, as published')),
                ('timescale', gscp.record.fields.FreeText(blank=True, max_length=500, verbose_name='timescale, as published')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalAmendedWho',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('history_user_id', models.BigIntegerField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical who is named in a change',
                'verbose_name_plural': 'historical who is named in a changes',
                'ordering': ['-change'],
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalAmendment',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID')),
                ('changed', gscp.record.fields.ClearText(max_length=200, verbose_name='what changes')),
                ('title', gscp.record.fields.FreeText(blank=True, max_length=300)),
                ('text', gscp.record.fields.FreeText(blank=True, max_length=10000, verbose_name='action')),
                ('outcome', gscp.record.fields.FreeText(blank=True, max_length=10000, verbose_name='outcome wanted')),
                ('known_by', gscp.record.fields.FreeText(blank=True, max_length=10000, verbose_name='how it will be known')),
                ('priority', models.CharField(blank=True, choices=[('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], max_length=10)),
                ('who', gscp.record.fields.FreeText(blank=True, max_length=500, verbose_name='who, as published')),
                ('timescale', gscp.record.fields.FreeText(blank=True, max_length=500, verbose_name='timescale, as published')),
                ('history_user_id', models.BigIntegerField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical amendment',
                'verbose_name_plural': 'historical amendments',
                'ordering': ['-change'],
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalPlanDecision',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('publication', 'Adoption of the plan'), ('amendment', 'Change of the plan'), ('ending', 'End of an action'), ('closing', 'Closing of the plan')], max_length=20)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for its chair'), ('in_force', 'In force'), ('taken_back', 'Taken back')], default='waiting', max_length=20)),
                ('reason', gscp.record.fields.FreeText(max_length=2000)),
                ('why_taken_back', gscp.record.fields.FreeText(blank=True, max_length=2000, verbose_name='why it was taken back')),
                ('history_user_id', models.BigIntegerField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical decision about a plan',
                'verbose_name_plural': 'historical decision about a plans',
                'ordering': ['-change'],
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalReview',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, verbose_name='ID')),
                ('found', gscp.record.fields.FreeText(max_length=10000, verbose_name='what was found')),
                ('next_on', models.DateField(verbose_name='next review')),
                ('history_user_id', models.BigIntegerField(null=True)),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical review',
                'verbose_name_plural': 'historical reviews',
                'ordering': ['-change'],
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='PlanDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('publication', 'Adoption of the plan'), ('amendment', 'Change of the plan'), ('ending', 'End of an action'), ('closing', 'Closing of the plan')], max_length=20)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for its chair'), ('in_force', 'In force'), ('taken_back', 'Taken back')], default='waiting', max_length=20)),
                ('reason', gscp.record.fields.FreeText(max_length=2000)),
                ('why_taken_back', gscp.record.fields.FreeText(blank=True, max_length=2000, verbose_name='why it was taken back')),
            ],
            options={
                'verbose_name': 'decision about a plan',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('found', gscp.record.fields.FreeText(max_length=10000, verbose_name='what was found')),
                ('next_on', models.DateField(verbose_name='next review')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='confirmation',
            name='a_confirmation_is_of_one_thing',
        ),
        migrations.AddField(
            model_name='amendedwho',
            name='change',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='amendedwho',
            name='partner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subgroups.partner'),
        ),
        migrations.AddField(
            model_name='amendedwho',
            name='post',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subgroups.post'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='action',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='actions.action'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='change',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='driver',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='actions.strategicdriver'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='theme',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='actions.theme'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='to_group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='subgroups.group', verbose_name='responsible group'),
        ),
        migrations.AddField(
            model_name='amendedwho',
            name='amendment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='named', to='actions.amendment'),
        ),
        migrations.AddField(
            model_name='historicalamendedwho',
            name='amendment',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.amendment'),
        ),
        migrations.AddField(
            model_name='historicalamendedwho',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='historicalamendedwho',
            name='partner',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='subgroups.partner'),
        ),
        migrations.AddField(
            model_name='historicalamendedwho',
            name='post',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='subgroups.post'),
        ),
        migrations.AddField(
            model_name='historicalamendment',
            name='action',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.action'),
        ),
        migrations.AddField(
            model_name='historicalamendment',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='historicalamendment',
            name='driver',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.strategicdriver'),
        ),
        migrations.AddField(
            model_name='historicalamendment',
            name='theme',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.theme'),
        ),
        migrations.AddField(
            model_name='historicalamendment',
            name='to_group',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='subgroups.group', verbose_name='responsible group'),
        ),
        migrations.AddField(
            model_name='historicalplandecision',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='historicalplandecision',
            name='entered_by',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalplandecision',
            name='meeting',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='subgroups.meeting'),
        ),
        migrations.AddField(
            model_name='historicalplandecision',
            name='plan',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.businessplan'),
        ),
        migrations.AddField(
            model_name='historicalreview',
            name='action',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.action'),
        ),
        migrations.AddField(
            model_name='historicalreview',
            name='change',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='plandecision',
            name='change',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddField(
            model_name='plandecision',
            name='entered_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plandecision',
            name='meeting',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plan_decisions', to='subgroups.meeting'),
        ),
        migrations.AddField(
            model_name='plandecision',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plan_decisions', to='actions.businessplan'),
        ),
        migrations.AddField(
            model_name='historicalamendment',
            name='decision',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.plandecision'),
        ),
        migrations.AddField(
            model_name='amendment',
            name='decision',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='actions.plandecision'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='plan_decision',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='confirmation', to='actions.plandecision'),
        ),
        migrations.AddField(
            model_name='historicalconfirmation',
            name='plan_decision',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.plandecision'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('plan_decision__isnull', False), ('step', None), ('update', None)), models.Q(('plan_decision', None), ('step__isnull', False), ('update', None)), models.Q(('plan_decision', None), ('step', None), ('update__isnull', False)), _connector='OR'), name='a_confirmation_is_of_one_of_these'),
        ),
        migrations.AddField(
            model_name='review',
            name='action',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='actions.action'),
        ),
        migrations.AddField(
            model_name='review',
            name='change',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gscp.change'),
        ),
        migrations.AddConstraint(
            model_name='amendedwho',
            constraint=models.CheckConstraint(condition=models.Q(('post', None), ('partner', None), _connector='XOR'), name='who_is_named_is_a_post_or_a_partner'),
        ),
        migrations.AddConstraint(
            model_name='historicalamendedwho',
            constraint=models.UniqueConstraint(fields=('id', 'change'), name='actions_amendedwho_once'),
        ),
        migrations.AddConstraint(
            model_name='historicalplandecision',
            constraint=models.UniqueConstraint(fields=('id', 'change'), name='actions_plandecision_once'),
        ),
        migrations.AddConstraint(
            model_name='historicalreview',
            constraint=models.UniqueConstraint(fields=('id', 'change'), name='actions_review_once'),
        ),
        migrations.AddConstraint(
            model_name='plandecision',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['publication', 'closing']), ('state', 'waiting')), fields=('plan', 'kind'), name='one_waiting_decision_of_a_plan'),
        ),
        migrations.AddConstraint(
            model_name='historicalamendment',
            constraint=models.UniqueConstraint(fields=('id', 'change'), name='actions_amendment_once'),
        ),
    ]
