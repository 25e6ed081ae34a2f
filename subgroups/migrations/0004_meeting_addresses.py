from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gscp', '0001_initial'),
        ('subgroups', '0003_sign_in_tries'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='meeting',
            options={'ordering': ['date', 'pk']},
        ),
        migrations.RemoveConstraint(
            model_name='meeting',
            name='one_meeting_of_a_group_a_day',
        ),
        migrations.AddField(
            model_name='historicalmeeting',
            name='own_address',
            field=models.SlugField(blank=True, db_index=False, default='', max_length=20, verbose_name='address'),
        ),
        migrations.AddField(
            model_name='meeting',
            name='own_address',
            field=models.SlugField(blank=True, default='', max_length=20, verbose_name='address'),
        ),
        migrations.AddConstraint(
            model_name='meeting',
            constraint=models.UniqueConstraint(condition=models.Q(('own_address', '')), fields=('group', 'date'), name='one_meeting_at_a_day'),
        ),
        migrations.AddConstraint(
            model_name='meeting',
            constraint=models.UniqueConstraint(condition=models.Q(('own_address', ''), _negated=True), fields=('group', 'own_address'), name='one_meeting_an_address'),
        ),
    ]
