"""What a browser sends when a form is submitted as it was served."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    """Of the form with the class `slo-form`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, str] = {}
        self.inside = False
        self.select = ""
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = "slo-form" in has.get("class", "")
        if not self.inside:
            return
        if tag == "input" and (has.get("type") != "checkbox" or "checked" in has):
            self.fields[has["name"]] = has.get("value", "")
        elif tag == "textarea":
            self.text, self.fields[has["name"]] = has["name"], ""
        elif tag == "select":
            self.select = has["name"]
        elif tag == "option" and self.select and ("selected" in has or self.select not in self.fields):
            self.fields[self.select] = has["value"]

    def handle_data(self, data: str) -> None:
        if self.text:
            self.fields[self.text] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        self.select = "" if tag == "select" else self.select
        self.text = "" if tag == "textarea" else self.text


def sent_by(html: str) -> dict[str, str]:
    form = _Form()
    form.feed(html)
    return form.fields
