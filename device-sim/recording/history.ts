import { seededRandom } from '../../core/runtime/random.ts';

/** Something that came by before the process began, as the seed has it. Camera's clock. */
export interface Passing {
  from: number;
  to: number;
  /** Beside motion. */
  kinds: readonly string[];
}

/** The lens was turned for a while. */
export interface Look {
  from: number;
  to: number;
  pan: number;
  tilt: number;
  zoom: number;
}

/** What is made up about the past of one camera: the same for the same seed, whenever it is asked for. */
export interface History {
  passings(from: number, to: number): Passing[];
  looks(from: number, to: number): Look[];
}

const hourMs = 3_600_000;
/** The lens needs so long for a turn. */
export const turnMs = 4000;
const shortestPassingMs = 4000;
const longestPassingMs = 20_000;

interface Hour {
  passings: Passing[];
  looks: Look[];
}

/** Hours kept at hand: a replay asks for the same one again and again. */
const keptHours = 4;

/** `seed` names the camera, `kinds` is what it can tell besides motion, `turns` whether its lens moves. */
export function createHistory(seed: string, kinds: readonly string[], turns: boolean): History {
  const known = new Map<number, Hour>();

  function hour(number: number): Hour {
    const kept = known.get(number);
    if (kept) return kept;
    const random = seededRandom(`${seed} hour ${number}`);
    const begin = number * hourMs;
    // By day more comes by than by night; nobody and nothing is on the way over the hour's end.
    const byDay = ((number % 24) + 24) % 24 >= 6 && ((number % 24) + 24) % 24 < 22;
    const count = byDay ? 3 + random.int(6) : random.int(3);
    const room = hourMs / (count + 1);
    const passings = Array.from({ length: count }, (_, at): Passing => {
      const from = Math.round(begin + at * room + random.unit() * (room - longestPassingMs - 5000));
      const lasts = shortestPassingMs + random.int(longestPassingMs - shortestPassingMs);
      return { from, to: from + lasts, kinds: pick(kinds, random.int(100), random.int(100)) };
    });
    const looks: Look[] = [];
    if (turns && byDay && random.int(3) === 0) {
      const from = begin + random.int(hourMs / 2);
      looks.push({
        from,
        to: from + 60_000 + random.int(120_000),
        pan: random.int(240) - 120,
        tilt: random.int(40) - 20,
        zoom: random.int(5) / 10,
      });
    }
    if (known.size >= keptHours) known.delete(known.keys().next().value!);
    const made = { passings, looks };
    known.set(number, made);
    return made;
  }

  function* hours(from: number, to: number) {
    for (let number = Math.floor(from / hourMs); number * hourMs < to; number++) yield hour(number);
  }
  const within =
    (from: number, to: number) =>
    (one: { from: number; to: number }): boolean =>
      one.to > from && one.from < to;

  return {
    passings: (from, to) => [...hours(from, to)].flatMap(({ passings }) => passings).filter(within(from, to)),
    looks: (from, to) => [...hours(from, to)].flatMap(({ looks }) => looks).filter(within(from, to)),
  };
}

/** People most of the time, then cars, then pets; now and then a line is crossed or a field entered. */
function pick(kinds: readonly string[], who: number, where: number): string[] {
  const comer = who < 50 ? 'people' : who < 80 ? 'vehicle' : who < 88 ? 'pet' : undefined;
  const place = where < 15 ? 'line-cross' : where < 30 ? 'intrusion' : undefined;
  return ['motion', comer, place].filter((kind): kind is string => kind !== undefined && kinds.includes(kind));
}
