"""Every page there is, for tests of what all of them must hold to. A new page is a line here."""

PAGES = (
    "/",
    "/services/checkout",
    "/slos",
    "/slos/checkout-availability",
    "/slos/new",
    "/slos/proposals",
    "/slos/archived",
    "/changed",
    "/search?q=check",
    "/settings",
    "/settings/recipes",
    "/settings/status",
    "/settings/screens",
    "/settings/health",
    "/settings/audit",
    "/settings/people",
    "/settings/tokens",
    "/account",
    "/slos/checkout-availability/why",
    "/slos/checkout-availability/burns",
    "/slos/checkout-availability/periods",
    "/slos/checkout-availability/spending",
    "/wall",
    "/wall/all",
    "/status",
    "/api/docs",
    "/nowhere",
)
WITH_CHARTS = ("/services/checkout", "/slos/checkout-availability")
WITHOUT_BAR = ("/wall/all", "/status")
"""Pages that hang or are for everybody: they have neither the bar nor its keys."""
