from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('actions', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='exceptionreport',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting for a decision'), ('returned', 'Returned with a question'), ('granted', 'Granted'), ('refused', 'Refused'), ('done', 'Granted and done'), ('taken_back', 'Taken back'), ('lapsed', 'Lapsed')], max_length=20),
        ),
        migrations.AlterField(
            model_name='exceptionstep',
            name='move',
            field=models.CharField(choices=[('raise', 'Asked for'), ('pass-on', 'Passed on'), ('lapse', 'Lapsed'), ('put-back', 'Put back'), ('return', 'Returned with a question'), ('escalate', 'Escalated'), ('grant', 'Granted'), ('refuse', 'Refused'), ('ratify', 'Ratified'), ('agree', 'Agreed to by another post'), ('correct', 'Corrected'), ('answer', 'Answered'), ('take-back', 'Taken back'), ('done', 'Reported done'), ('check-impact', 'Impact checked')], max_length=20),
        ),
        migrations.AlterField(
            model_name='exceptionstep',
            name='to_state',
            field=models.CharField(choices=[('waiting', 'Waiting for a decision'), ('returned', 'Returned with a question'), ('granted', 'Granted'), ('refused', 'Refused'), ('done', 'Granted and done'), ('taken_back', 'Taken back'), ('lapsed', 'Lapsed')], max_length=20, verbose_name='to'),
        ),
        migrations.AlterField(
            model_name='historicalexceptionreport',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting for a decision'), ('returned', 'Returned with a question'), ('granted', 'Granted'), ('refused', 'Refused'), ('done', 'Granted and done'), ('taken_back', 'Taken back'), ('lapsed', 'Lapsed')], max_length=20),
        ),
        migrations.AlterField(
            model_name='historicalexceptionstep',
            name='move',
            field=models.CharField(choices=[('raise', 'Asked for'), ('pass-on', 'Passed on'), ('lapse', 'Lapsed'), ('put-back', 'Put back'), ('return', 'Returned with a question'), ('escalate', 'Escalated'), ('grant', 'Granted'), ('refuse', 'Refused'), ('ratify', 'Ratified'), ('agree', 'Agreed to by another post'), ('correct', 'Corrected'), ('answer', 'Answered'), ('take-back', 'Taken back'), ('done', 'Reported done'), ('check-impact', 'Impact checked')], max_length=20),
        ),
        migrations.AlterField(
            model_name='historicalexceptionstep',
            name='to_state',
            field=models.CharField(choices=[('waiting', 'Waiting for a decision'), ('returned', 'Returned with a question'), ('granted', 'Granted'), ('refused', 'Refused'), ('done', 'Granted and done'), ('taken_back', 'Taken back'), ('lapsed', 'Lapsed')], max_length=20, verbose_name='to'),
        ),
    ]
