"""The forces page in a tab, spoken to as a person would."""

from tests.browser.conftest import Live, wait_for


class Forces(Live):
    """The forces page in a tab."""

    def open(self, **params):
        query = "&".join(f"{key}={value}" for key, value in params.items())
        self.page.goto(f"{self.server.url}forces?{query}")
        self.page.wait_for_selector('[data-testid="forces"]', timeout=60_000)
        if params.get("mode") != "flow" and not str(params.get("preset")).startswith("flow"):
            wait_for(lambda: self.answers() > 0)
        return self

    @property
    def root(self):
        return self.page.get_by_test_id("forces")

    def answers(self):
        return int(self.root.get_attribute("data-answers") or 0)

    def mark(self, name, stage=0):
        return self.page.locator(f'.mark[data-mark="{name}"]').nth(stage)

    def row(self, name):
        """What the table holds of a mark, in full precision."""
        row = self.page.locator(f'.mark-row[data-mark="{name}"]')
        cells = ("weight-a", "weight-b", "pull-a", "pull-b")
        found = row.locator("xpath=descendant-or-self::*").evaluate_all(
            """(nodes) => Object.assign({}, ...nodes.map((node) => ({ ...node.dataset })))"""
        )
        names = {cell: cell.replace("-a", "A").replace("-b", "B") for cell in cells}
        return {cell: float(found[names[cell]]) for cell in cells}

    def params(self):
        return self.page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")

    def flow(self, name):
        return self.page.get_by_test_id("flow").get_attribute(f"data-{name}")

    def radio(self, name):
        return self.page.get_by_role("radio", name=name, exact=True)

    def answered(self, act):
        """Do something, and wait until its answer is drawn."""
        before = self.answers()
        act()
        wait_for(lambda: self.answers() > before)
