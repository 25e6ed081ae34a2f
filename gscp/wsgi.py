import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gscp.settings")

application = get_wsgi_application()

from gscp.record import defences  # noqa: E402 only now are the models there to be imported

defences.log_weaknesses()
