"""What `panel serve dashboard` runs."""

import sys

from tuneboard.dashboard.served_page import served_page

served_page(folders=sys.argv[1:]).servable(title="tuneboard")
