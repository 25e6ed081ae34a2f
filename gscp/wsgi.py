import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gscp.settings")

application = get_wsgi_application()

from gscp.record import defences  # noqa: E402  # models can be imported only after get_wsgi_application()

defences.log_weaknesses()
