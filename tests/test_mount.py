"""A view lives as long as its element, whatever Streamlit calls in which order."""

from tests import browser_code

SCRIPT = """
const { mounting } = await load('mount.js');
const made = [];
class View {
  constructor() { Object.assign(this, { updates: 0, closed: false }); made.push(this); }
  update() { this.updates += 1; }
  close() { this.closed = true; }
}
const mount = mounting('[data-root]', () => new View());
const root = { isConnected: true, getAttribute: () => null, setAttribute() {} };
const parent = { querySelector: () => root };
const late = () => new Promise((resolve) => setTimeout(resolve, 5));
const now = () => made.map(({ updates, closed }) => [updates, closed]);
const first = mount(parent), second = mount(parent);
first();
await late();
const standing = now();
mount(parent);
root.isConnected = false;
second();
await late();
return [standing, now()];
"""


def test_a_view_is_closed_when_its_element_has_gone_and_not_before():
    standing, gone = browser_code.run(SCRIPT, None, folder="web/kit")
    assert standing == [[1, False]]
    assert gone == [[2, True]]
