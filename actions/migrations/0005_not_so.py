import django.db.models.deletion
import gscp.record.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('actions', '0004_plan_kept'),
    ]

    operations = [
        migrations.AddField(
            model_name='confirmation',
            name='is_so',
            field=models.BooleanField(default=True, verbose_name='it is so'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='why',
            field=gscp.record.fields.FreeText(blank=True, max_length=2000, verbose_name='why it is not so'),
        ),
        migrations.AddField(
            model_name='historicalconfirmation',
            name='is_so',
            field=models.BooleanField(default=True, verbose_name='it is so'),
        ),
        migrations.AddField(
            model_name='historicalconfirmation',
            name='why',
            field=gscp.record.fields.FreeText(blank=True, max_length=2000, verbose_name='why it is not so'),
        ),
        migrations.AddField(
            model_name='historicalprogressupdate',
            name='corrects',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.progressupdate', verbose_name='corrects'),
        ),
        migrations.AddField(
            model_name='historicalprogressupdate',
            name='first',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='actions.progressupdate', verbose_name='first report'),
        ),
        migrations.AddField(
            model_name='historicalprogressupdate',
            name='what_was_wrong',
            field=gscp.record.fields.FreeText(blank=True, max_length=2000),
        ),
        migrations.AddField(
            model_name='progressupdate',
            name='corrects',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='actions.progressupdate', verbose_name='corrects'),
        ),
        migrations.AddField(
            model_name='progressupdate',
            name='first',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='actions.progressupdate', verbose_name='first report'),
        ),
        migrations.AddField(
            model_name='progressupdate',
            name='what_was_wrong',
            field=gscp.record.fields.FreeText(blank=True, max_length=2000),
        ),
        migrations.AlterField(
            model_name='exceptionstep',
            name='move',
            field=models.CharField(choices=[('raise', 'Asked for'), ('pass-on', 'Passed on'), ('lapse', 'Lapsed'), ('put-back', 'Put back'), ('change', 'Changed by who asked'), ('not-so', 'Said not to be so'), ('return', 'Returned with a question'), ('escalate', 'Escalated'), ('grant', 'Granted'), ('refuse', 'Refused'), ('ratify', 'Put in force'), ('agree', 'Agreed to by another post'), ('correct', 'Corrected'), ('answer', 'Answered'), ('take-back', 'Taken back'), ('done', 'Reported done'), ('check-impact', 'Impact checked')], max_length=20),
        ),
        migrations.AlterField(
            model_name='historicalexceptionstep',
            name='move',
            field=models.CharField(choices=[('raise', 'Asked for'), ('pass-on', 'Passed on'), ('lapse', 'Lapsed'), ('put-back', 'Put back'), ('change', 'Changed by who asked'), ('not-so', 'Said not to be so'), ('return', 'Returned with a question'), ('escalate', 'Escalated'), ('grant', 'Granted'), ('refuse', 'Refused'), ('ratify', 'Put in force'), ('agree', 'Agreed to by another post'), ('correct', 'Corrected'), ('answer', 'Answered'), ('take-back', 'Taken back'), ('done', 'Reported done'), ('check-impact', 'Impact checked')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_so', True), ('why', '')), models.Q(('is_so', False), models.Q(('why', ''), _negated=True)), _connector='OR'), name='what_is_not_so_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='progressupdate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects', None), ('first', None), ('what_was_wrong', '')), models.Q(('corrects__isnull', False), ('first__isnull', False), ('nil_return', False), models.Q(('what_was_wrong', ''), _negated=True)), _connector='OR'), name='a_correction_says_what_was_wrong'),
        ),
    ]
