// The page's language. Whatever is written is written in English, where its numbers are, and looked
// up on its way into the document in one table: English pattern -> the language's. A sentence that
// the table lacks stays English.

/**
 * A row of the table with blanks.
 * @typedef {object} Pattern
 * @property {string[]} parts  what stands between blanks, and at odd places the blanks' names
 * @property {string} text
 * @property {number} length  of what is no blank
 * @property {RegExp} [find]  made when it is first needed
 */

/** `{n}` is a number, `{w}` words that are looked up in turn; a digit after it tells two apart. */
const BLANK = /\{([nw]\d*)\}/;
const NUMBER = '[−+±≤≥<>~-]?(?:\\d[\\d,.]*(?:e[−+-]?\\d+)?|∞|–)';
const WITHIN_A_SENTENCE = '(?:(?![.!?]\\s+\\p{Lu}| · ).)+?';
const ENDS = [/(?<=[.!?]["”)]?)\s+(?=[\p{Lu}\d"“(])/u, /(?<= · )|(?= · )/, /(?=\n)|(?<=\n)/];
const WORD = /\p{L}{2}/u;
const BARE_NUMBER = /^[−+±≤≥~]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const MOST_KEPT = 20_000;

export class Language {
  /** @param {Record<string, string>} table */
  constructor(table) {
    /** @type {Map<string, string>} */
    this.plain = new Map();
    /** By the word of theirs that fewest others have; '' has those without any. */
    /** @type {Map<string, Pattern[]>} */
    this.patterns = new Map();
    this.learn(table);
    /** @type {Map<string, string>} */
    this.kept = new Map();
    /** What this has written: not to be looked up again. */
    /** @type {Set<string>} */
    this.written = new Set();
    /** Of classes and the like: what they are called is no word of ours, even where it reads as one. */
    /** @type {Set<string>} */
    this.names = new Set();
    /** The same by who shows them. */
    /** @type {Map<object, string[]>} */
    this.shown = new Map();
    /** Hears of each text that the table lacks. */
    /** @type {((text: string) => void) | undefined} */
    this.onmissing = undefined;
  }

  /** @param {Record<string, string>} table */
  learn(table) {
    /** @type {[pattern: Pattern, words: string[]][]} */
    const found = [];
    /** @type {Map<string, number>} */
    const times = new Map();
    for (const [english, text] of Object.entries(table)) {
      const parts = english.split(BLANK);
      if (parts.length === 1) this.plain.set(english, text);
      else {
        const words = wordsOf(
          english.replace(/\p{L}*\{w\d*\}\p{L}*/gu, ' ').replace(/\{n\d*\}/g, ' '),
        );
        for (const word of words) times.set(word, (times.get(word) ?? 0) + 1);
        const length = parts.filter((_, i) => i % 2 === 0).join('').length;
        found.push([{ parts, text, length }, words]);
      }
    }
    for (const [pattern, words] of found) {
      const [rarest = ''] = words.sort((a, b) => (times.get(a) ?? 0) - (times.get(b) ?? 0));
      this.patterns.set(rarest, [...(this.patterns.get(rarest) ?? []), pattern]);
    }
  }

  /**
   * The names that are shown somewhere, in place of those that were shown there.
   * @param {object} owner
   * @param {string[]} names
   */
  setNames(owner, names) {
    this.shown.set(owner, names);
    if (!names.length) this.shown.delete(owner);
    const before = this.names;
    this.names = new Set([...this.shown.values()].flat());
    if (this.names.size === before.size && [...before].every((name) => this.names.has(name)))
      return;
    for (const [text, made] of this.kept) if (made === text) this.written.delete(made);
    this.kept.clear();
  }

  /**
   * Rows that may be what a text is, the longest first.
   * @param {string} text
   */
  like(text) {
    return ['', ...wordsOf(text)]
      .flatMap((word) => this.patterns.get(word) ?? [])
      .sort((a, b) => b.length - a.length);
  }

  /**
   * A text in this language; what is not in the table as it was.
   * @param {string} text
   * @returns {string}
   */
  translate(text) {
    if (BARE_NUMBER.test(text)) return apart(text);
    if (!WORD.test(text) || this.written.has(text)) return text;
    const kept = this.kept.get(text);
    if (kept !== undefined) return kept;
    const spaced = text.replaceAll('\u00a0%', ' %'); // the table has it with a plain space
    const [, before, inner, after] = /** @type {string[]} */ (/^(\s*)(.*?)(\s*)$/s.exec(spaced));
    const found = this.whole(inner) ?? this.withoutStop(inner) ?? this.inParts(inner);
    if (found === undefined) this.onmissing?.(inner);
    const made = found === undefined ? text : before + found + after;
    if (this.kept.size > MOST_KEPT) {
      this.kept.clear();
      this.written.clear();
    }
    this.kept.set(text, made);
    this.written.add(made);
    return made;
  }

  /**
   * Texts in a row as one text, each looked up by itself.
   * @param {string[]} texts
   * @param {string} between
   */
  joined(texts, between) {
    const made = texts.map((text) => this.translate(text)).join(between);
    this.written.add(made);
    return made;
  }

  /**
   * @param {string} text
   * @returns {string | undefined}
   */
  whole(text) {
    const plain = this.plain.get(text);
    if (plain !== undefined) return plain;
    for (const pattern of this.like(text)) {
      pattern.find ??= new RegExp(`^${pattern.parts.map(source).join('')}$`, 'su');
      const found = pattern.find.exec(text);
      if (!found) continue;
      const names = pattern.parts.filter((_, i) => i % 2);
      const given = new Map(names.map((name, i) => [name, found[i + 1]]));
      return pattern.text
        .split(BLANK)
        .map((part, i) => (i % 2 ? this.inBlank(part, given.get(part) ?? '') : part))
        .join('')
        .replace(/(?<=\d) %/g, '\u00a0%');
    }
    return undefined;
  }

  /**
   * Words in a blank may be names: that the table lacks them is nothing to hear of.
   * @param {string} name
   * @param {string} given
   * @returns {string}
   */
  inBlank(name, given) {
    if (this.names.has(given) || this.names.has(given.replace(/\.$/, ''))) return given;
    if (name.startsWith('n') || !WORD.test(given)) return apart(given);
    return this.whole(given) ?? this.withoutStop(given) ?? given;
  }

  /**
   * Sentence by sentence, or what else stands in a row.
   * @param {string} text
   */
  inParts(text) {
    for (const end of ENDS) {
      const parts = text.split(end);
      if (parts.length > 1)
        return parts
          .map((part) => (this.isNameAlone(part) ? part : this.translate(part)))
          .join(end === ENDS[0] ? ' ' : '');
    }
    return undefined;
  }

  /**
   * A name that no row is about: that the table lacks it is nothing to hear of.
   * @param {string} text
   */
  isNameAlone(text) {
    return this.names.has(text) && this.whole(text) === undefined;
  }

  /**
   * A title or a reading with a full stop behind it, as among other sentences.
   * @param {string} text
   * @returns {string | undefined}
   */
  withoutStop(text) {
    if (!/[^.]\.$/.test(text)) return undefined;
    const bare = text.slice(0, -1);
    const known = this.written.has(bare) ? bare : this.whole(bare);
    const found = known ?? (this.names.has(bare) ? bare : undefined);
    return found === undefined ? undefined : `${found}.`;
  }
}

/**
 * Thousands with a narrow space between them: a comma is a decimal one in most languages.
 * @param {string} number
 */
function apart(number) {
  return number.replace(/(?<=\d),(?=\d{3}(?!\d))/g, '\u202f');
}

/**
 * A text in so many lines: as wide as they were, and wider only where it does not fit.
 * @param {string} text
 * @param {string[]} lines of another text, whose number and width are kept
 * @returns {string[]}
 */
export function inLines(text, lines) {
  for (let width = Math.max(...lines.map((line) => line.length)); ; width += 1) {
    const made = text.split(' ').reduce((/** @type {string[]} */ done, word) => {
      const longer = done.length ? `${done[done.length - 1]} ${word}` : word;
      return longer.length > width ? [...done, word] : [...done.slice(0, -1), longer];
    }, []);
    if (made.length <= lines.length) return lines.map((_, i) => made[i] ?? '');
  }
}

/**
 * @param {string} text
 * @returns {string[]}
 */
function wordsOf(text) {
  return [...new Set(text.match(/\p{L}{2,}/gu))];
}

/**
 * A part of a pattern as the text that it stands for.
 * @param {string} part
 * @param {number} i
 */
function source(part, i) {
  if (i % 2) return part.startsWith('n') ? `(${NUMBER})` : `(${WITHIN_A_SENTENCE})`;
  return part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** The table came with the page, where that is not in English. */
function here() {
  const table = globalThis.document?.getElementById?.('cacr-language')?.textContent;
  if (!table) return null;
  const language = new Language(JSON.parse(table));
  language.onmissing = (text) => /** @type {any} */ (globalThis).cacrMissing?.(text);
  return language;
}

const spoken = here();

/**
 * A text as the page's language has it; what is no text as it is.
 * @template T
 * @param {T} text
 * @returns {T}
 */
export function translated(text) {
  return spoken && typeof text === 'string' ? /** @type {any} */ (spoken.translate(text)) : text;
}

/**
 * A name of data as it is, and what stands where there is none as the page's language has it.
 * @template T
 * @param {T} text
 * @returns {T}
 */
export function named(text) {
  return typeof text === 'string' && spoken?.names.has(text) ? text : translated(text);
}

/**
 * @param {object} owner  who shows data, till it sets none
 * @param {string[]} names  of those data
 */
export function setNames(owner, names) {
  spoken?.setNames(owner, names);
}

/**
 * A sentence as the page's language has it, about something that is called as it is in every one.
 * @param {string} sentence  with {w} for what it is about
 * @param {string} name
 */
export function withName(sentence, name) {
  const made = translated(sentence).replace('{w}', () => name);
  if (made !== name) spoken?.written.add(made);
  return made;
}

/**
 * Texts in a row, each as the page's language has it.
 * @param {string[]} texts
 */
export function joined(texts, between = ', ') {
  return spoken ? spoken.joined(texts, between) : texts.join(between);
}
