"""What `panel serve dashboard` runs."""

from tuneboard.dashboard.served_page import served_page

served_page().servable(title="tuneboard")
