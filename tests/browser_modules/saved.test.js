import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page.js';
import { cloudPicture } from '../../web/kit/cloudpicture.js';
import { takeAway } from '../../web/compare/view/takeaway.js';
import { Curves } from '../../web/compare/view/curves.js';
import { FilmPictures } from '../../web/live/view/filmpictures.js';
import { fileName, lengthOf, saveMenu } from '../../web/kit/chartsave.js';
import { csvText, pngOf } from '../../web/kit/picture.js';
import { saveTable } from '../../web/kit/savefile.js';
import { SHAPES, SOLIDS } from '../../web/kit/shapes.js';

const [WIDTH, HEIGHT] = [240, 160];
const OVER = { cloneNode: () => ({ ...OVER, childNodes: [] }), querySelectorAll: () => [] };
// A canvas of the colours of a scale: all are the first of them.
globalThis.Element.prototype.getContext = () => ({
  createLinearGradient: () => ({ addColorStop: () => {} }),
  fillRect: () => {},
  getImageData: (_x, _y, width) => ({ data: new Uint8ClampedArray(4 * width).fill(17) }),
});
const all = (node) => [node, ...(node.children ?? []).flatMap(all)];
const texts = (node) =>
  all(node).filter(({ tagName }) => tagName === 'SVG:TEXT' || tagName === 'TEXT');
const at = (node, name) => Number(node.attributes[name] ?? 0);

// A flat cloud of two images, one of them far outside what is seen.
function cloud(legend) {
  const places = [
    [10, 10],
    [10, HEIGHT + 60],
  ];
  return {
    plane: {
      size: () => [WIDTH, HEIGHT],
      radius: () => 4,
      order: () => [0, 1],
      place: (x) => places[x],
    },
    paint: {
      values: [0.5, 0.5],
      scale: [
        [0, '#111111'],
        [1, '#222222'],
      ],
      legend,
    },
    theme: 'light',
    at: [0, 0, 1, 0],
    frame: { n: 2 },
    under: { width: 0 },
    over: OVER,
  };
}

const NAMES = ['aeroplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship'];
const CLASSES = { kind: 'classes', names: NAMES, colours: NAMES.map(() => '#123456'), only: null };
const NOTE = 'PCA, trustworthiness 0.87: neighbourhoods mostly as in the original space';

test('points outside the cloud are cut, and do not lie over title and legend', () => {
  const { picture } = cloudPicture(cloud(CLASSES), 'a run: step 7', NOTE);
  const [clip] = picture.children.filter(({ tagName }) => tagName === 'SVG');
  assert.equal(clip.attributes.overflow, 'hidden');
  assert.deepEqual(
    ['width', 'height'].map((name) => at(clip, name)),
    [WIDTH, HEIGHT],
  );
  const dots = (node) => all(node).filter(({ attributes }) => attributes?.stroke === '#ffffff');
  assert.equal(dots(clip).length, 2);
  assert.equal(dots(picture).length, 2);
});

test('names of classes that do not fit beside each other stand in rows', () => {
  const { picture, height } = cloudPicture(cloud(CLASSES), 'a run: step 7', NOTE);
  const named = texts(picture).filter(({ textContent }) => NAMES.includes(textContent));
  assert.equal(named.length, NAMES.length);
  const rows = Map.groupBy(named, (node) => at(node, 'y'));
  assert.ok(rows.size > 1);
  for (const row of rows.values()) {
    row.slice(1).forEach((node, i) => {
      const wide = 6 * row[i].textContent.length; // px, of letters of 12
      assert.ok(at(row[i], 'x') + wide < at(node, 'x'), node.textContent);
    });
    const last = row.at(-1);
    assert.ok(at(last, 'x') + 6 * last.textContent.length <= WIDTH);
  }
  const one = cloudPicture(cloud({ ...CLASSES, names: ['cat'] }), 'a run: step 7', NOTE);
  assert.equal(height - one.height, Math.max(...rows.keys()) - Math.min(...rows.keys()));
});

test('the legend of a cloud on the sphere has the marks of the sphere', () => {
  const photo = { href: 'data:', width: 500, height: 300 };
  const marks = (...more) =>
    all(cloudPicture(cloud(CLASSES), 'a run: step 7', NOTE, ...more).picture)
      .filter(({ attributes }) => attributes?.transform?.endsWith('scale(5)'))
      .map(({ attributes: { d, fill } }) => [d, fill]);
  const colour = '#123456';
  assert.deepEqual(
    marks(photo),
    NAMES.map((_, i) => [SOLIDS[i].path, SOLIDS[i].hollow ? 'none' : colour]),
  );
  assert.deepEqual(
    marks(),
    NAMES.map((_, i) => [SHAPES[i], colour]),
  );
});

test('letters of Chinese and Japanese, which are wide, have their room', () => {
  const names = ['百合の花束と猫の写真', '犬'];
  const { picture } = cloudPicture(cloud({ ...CLASSES, names }), '猫の写真 '.repeat(8), NOTE);
  const [first, second] = texts(picture).filter(({ textContent }) => names.includes(textContent));
  assert.ok(at(second, 'x') >= at(first, 'x') + 12 * names[0].length);
  const title = texts(picture).filter((node) => at(node, 'font-size') === 14);
  assert.ok(title.length > 1);
  for (const { textContent } of title) assert.ok(12 * textContent.length <= WIDTH);
});

test('wide is what is drawn so: no halfwidth letter, and an emoji is one sign', () => {
  for (const sign of ['猫', '한', 'Ａ', '𠮷', '😀']) assert.equal(lengthOf(sign), lengthOf('犬'));
  assert.ok(lengthOf('犬') > 1.5 && lengthOf('犬') < 2);
  for (const sign of ['a', 'ｱ', 'ﾡ', 'ﷲ', '𝒳']) assert.equal(lengthOf(sign), 1);
});

test('the note at the foot is wrapped, whole, and within the paper', () => {
  const { picture, height } = cloudPicture(cloud(CLASSES), 'a run: step 7', NOTE);
  const lines = texts(picture).filter((node) => at(node, 'font-size') === 11);
  assert.ok(lines.length > 1);
  assert.equal(lines.map(({ textContent }) => textContent).join(' '), NOTE);
  for (const { textContent } of lines) assert.ok(textContent.length * 5.5 <= WIDTH - 14);
  const foot = Number(/ (\d+)\)/.exec(picture.children.at(-1).attributes.transform)[1]);
  assert.ok(foot + at(lines.at(-1), 'y') < height - 3);
  const names = texts(picture).filter(({ textContent }) => NAMES.includes(textContent));
  assert.ok(at(lines[0], 'y') - 11 > Math.max(...names.map((node) => at(node, 'y'))));
});

test('a magnified cloud is saved with the words that its size says nothing', () => {
  const told = { hidden: true, textContent: 'magnified 3 times: its size says nothing here' };
  const foot = () => {
    const { picture } = cloudPicture({ ...cloud(CLASSES), told }, 'a run: step 7', NOTE);
    const lines = texts(picture).filter((node) => at(node, 'font-size') === 11);
    return lines.map(({ textContent }) => textContent).join(' ');
  };
  assert.equal(foot(), NOTE);
  told.hidden = false;
  assert.equal(foot(), `${NOTE}; ${told.textContent}`);
});

// --- the compare view

// The titles above the clouds, and the name of the file, of what is saved as lines.
async function titlesOf(entries) {
  const found = { titles: [], notices: [], images: [] };
  globalThis.XMLSerializer = class {
    serializeToString(picture) {
      const bold = texts(picture).filter(({ attributes }) => attributes['font-weight'] === 'bold');
      found.titles = bold.map(({ textContent }) => textContent);
      const images = all(picture).filter(({ attributes }) => attributes?.href);
      found.images = images.map(({ attributes }) => attributes.href);
      return '';
    }
  };
  globalThis.Element.prototype.click = () => {};
  const stage = {
    caption: { textContent: NOTE },
    setNotice: (text) => found.notices.push(text),
  };
  const about = { title: 'Three losses' };
  const menu = takeAway({ clouds: { entries, stage }, about, step: 60, theme: 'light' });
  const [, save] = menu.children[1].children;
  save.listeners.click();
  await new Promise(setImmediate);
  return found;
}

const entry = (label, step) => ({
  about: { label },
  frame: step === null ? null : { step },
  cloud: step === null ? { plane: null } : cloud(CLASSES),
});

test('a cloud of another step than the moment shown says so, and none stands for none', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { titles, notices } = await titlesOf([entry('A', 60), entry('B', 40), entry('C', null)]);
  assert.deepEqual(titles, ['Three losses: step 60', 'A', 'B: step 40']);
  assert.deepEqual(notices, []);
});

test('a cloud on the sphere is saved as it is seen, with title and legend as a flat one', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.window.Plotly = { toImage: async (plot, how) => `data:${plot.of}${how.width}` };
  const plot = { of: 'sphere', clientWidth: 300, clientHeight: 200 };
  const round = {
    about: { label: 'D' },
    frame: { step: 60, dims: 3 },
    cloud: { ...cloud(CLASSES), plane: null, plot },
  };
  const { titles, images } = await titlesOf([round]);
  delete globalThis.window.Plotly;
  assert.deepEqual(titles, ['Three losses: step 60', 'D']);
  assert.deepEqual(images, ['data:sphere300']);
});

test('a cloud that cannot be made into a picture is said so in the menu it was asked for', async (t) => {
  downloads(t);
  t.mock.method(URL, 'revokeObjectURL', () => {});
  globalThis.XMLSerializer = class {
    serializeToString() {
      return '';
    }
  };
  globalThis.Image = class {
    async decode() {
      throw new Error('too large');
    }
  };
  const stage = { caption: { textContent: NOTE } };
  const about = { title: 'Three losses' };
  const clouds = { entries: [entry('A', 60)], stage };
  const menu = takeAway({ clouds, about, step: 60, theme: 'light' });
  await menu.children[1].children[0].listeners.click();
  assert.equal(menu.open, true);
});

test('the norm below a loss is saved under its own title', () => {
  const rows = [
    { step: 0, loss: 4, gradient_norm: 3 },
    { step: 60, loss: 2, gradient_norm: 0.5 },
  ];
  const told = (label, index) => ({
    ...{ name: label, index, rows, ended: false, state: '' },
    about: { label, mark: 'circle', images_per_step: 1 },
  });
  const entries = [told('A', 0), told('B', 1)];
  entries[1].rows = rows.map((row) => ({ ...row, gradient_norm: 2 * row.gradient_norm }));
  const series = [
    { key: 'loss', title: 'Loss', kind: 'scale', unit: '', note: '' },
    { key: 'gradient_norm', title: 'Norm of the gradient', kind: 'scale', unit: '', note: '' },
  ];
  const curves = new Curves({ set: () => {}, go: () => {} });
  curves.readout.set = () => {};
  curves.setRun({ series, even_spread: null }, entries);
  curves.show({
    view: { series: 'loss', against: 'step', difference: false },
    baseline: () => entries[0],
    theme: 'light',
    step: 60,
    moving: false,
  });
  const { chart, companion } = curves.charts;
  assert.match(chart.title(), /^Loss.*2\.00.*at step 60/);
  assert.match(companion.title(), /^Norm of the gradient.*0\.500.*1\.00.*at step 60/);
  curves.point(0);
  assert.match(companion.title(), /3\.00.*6\.00.*at step 0/);
});

test('a film is of the pictures of its own run, whatever is opened while it is made', () => {
  const looked = { picture: 'its own', images: true, natural: false, magnified: false };
  const film = new FilmPictures(
    { frames: [], run: {}, theme: 'light', cloud: looked },
    640,
    480,
    true,
  );
  Object.assign(looked, { picture: 'of another', images: false });
  assert.equal(film.plane.sheet(), 'its own');
  assert.equal(film.images, true);
});

test('a name in a table is never a formula, and numbers stay numbers', () => {
  const rows = [['=1+1', '+a', '-b', '@c', '\td', '\re', 'f-g', 'h\ri', -0.5, 1e-7, null, '"j"']];
  assert.equal(csvText(rows), `'=1+1,'+a,'-b,'@c,'\td,"'\re",f-g,"h\ri",-0.5,1e-7,,"""j"""\n`);
});

// What is put where the browser puts downloads.
function downloads(t) {
  const made = [];
  t.mock.method(URL, 'createObjectURL', (blob) => `blob:${made.push(blob)}`);
  t.mock.method(globalThis, 'setTimeout', () => {});
  globalThis.Element.prototype.click = () => {};
  return made;
}

test('a table is saved so that Excel knows its letters', async (t) => {
  const made = downloads(t);
  saveTable('t.csv', csvText([['Grün', 1]]));
  const bytes = new Uint8Array(await made[0].arrayBuffer());
  assert.deepEqual([...bytes.slice(0, 3)], [0xef, 0xbb, 0xbf]);
  assert.equal(new TextDecoder().decode(bytes), 'Grün,1\n');
});

test('a file is named by letters of any language, the Latin ones without what hangs on them', () => {
  assert.equal(fileName('Größe: É, ño 12 %'), 'große-e-no-12-percent');
  assert.equal(fileName('τ = 0.5, 猫'), 'τ-0-5-猫');
  assert.equal(fileName('…'), 'chart');
  assert.equal(fileName('⚠️ a ⚠️ b'), 'a-b');
  for (const name of ['हिन्दी', 'が', '한국어', 'й', 'ไม้']) assert.equal(fileName(name), name);
  assert.equal([...fileName('𝒳猫'.repeat(60))].length, 80);
});

test('what cannot be saved is said where it was chosen', async (t) => {
  const revoked = [];
  downloads(t);
  t.mock.method(URL, 'revokeObjectURL', (url) => revoked.push(url));
  globalThis.XMLSerializer = class {
    serializeToString() {
      return '<svg/>';
    }
  };
  globalThis.Image = class {
    async decode() {
      throw new Error('too large');
    }
  };
  const menu = saveMenu('Take away', [
    ['PNG', () => pngOf({ picture: null, width: 1, height: 1 })],
    ['SVG', () => {}],
  ]);
  const [png, svg, failed] = menu.children[1].children;
  await png.listeners.click();
  assert.deepEqual([menu.open, 'hidden' in failed.attributes], [true, false]);
  assert.deepEqual(revoked, ['blob:1']);
  await svg.listeners.click();
  assert.deepEqual([menu.open, 'hidden' in failed.attributes], [false, true]);
});
