import os

from django.core.wsgi import get_wsgi_application

from gscp.encoding import readable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gscp.settings")

application = readable(get_wsgi_application())

from gscp import writing  # noqa: E402  # models can be imported only after get_wsgi_application()
from gscp.record import defences  # noqa: E402  # as above

defences.log_weaknesses()
writing.start()
