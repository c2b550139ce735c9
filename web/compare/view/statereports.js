// What state a comparison and its repeats are in, and what Python is told of it.

/** @import { Seeds as SeedsMessage } from '../../kit/messages.d.ts' */
/** @import { StateMessage } from '../../kit/types.d.ts' */
/** @import { Compare } from './compare.js' */

/**
 * What of an entry's files cannot be read, with its name; what is said of all is not said again.
 * @param {{ about: { label: string }, damage: string[] }[]} entries
 * @param {string[]} ofAll
 */
export function damageOfEntries(entries, ofAll) {
  return entries.flatMap(({ about: { label }, damage }) =>
    damage.filter((said) => !ofAll.includes(said)).map((said) => `${label}: ${said}`),
  );
}

const MOVING = new Set(['waiting', 'running', 'paused']);

export class StateReports {
  /** The newest, which may come before the comparison's description. */
  /** @type {StateMessage | null} */
  newest = null;
  /** The state as Python believes it. */
  /** @type {string | null} */
  believed = null;
  /** @type {string | undefined} */
  repeats = undefined;

  /** @param {Compare} look */
  constructor(look) {
    this.look = look;
  }

  /** @param {string | null} believed */
  clear(believed) {
    this.newest = null;
    this.believed = believed;
  }

  get moving() {
    return MOVING.has(this.newest?.state ?? this.believed ?? '');
  }

  /** @param {StateMessage} message */
  set(message) {
    this.newest = message;
    const { about, clouds, data, head, moment, report, transport } = this.look;
    if (!about) {
      if (MOVING.has(message.state)) clouds.stage.setNotice(''); // it is gone on with
      return;
    }
    head.setState(message);
    this.tellDamage();
    transport.setState(message);
    moment.scrubber.setRunning(this.moving, message.state === 'running');
    clouds.setGliding(message.state !== 'running');
    for (const entry of clouds.entries) entry.setState(message.entries?.[entry.name] ?? message);
    moment.grew();
    this.believed ??= message.state;
    if (message.state === this.believed) return;
    this.believed = message.state;
    const { state, step, reason } = message;
    report.setStateValue('state', { run: data.run, state, step, reason });
  }

  // What of the files cannot be read: of all entries, then of each alone.
  tellDamage() {
    const { clouds, head } = this.look;
    const ofAll = this.newest?.damage ?? [];
    head.setDamage([...ofAll, ...damageOfEntries(clouds.entries, ofAll)]);
  }

  /**
   * The sidebar's buttons for repeats follow their state.
   * @param {SeedsMessage} message
   */
  setSeeds(message) {
    const { data, panels, report } = this.look;
    panels.seeds.set(message);
    const before = this.repeats;
    this.repeats = message.state;
    if (before === undefined || before === message.state) return;
    const { believed: state, repeats } = this;
    report.setStateValue('state', { run: data.run, state, repeats });
  }
}
