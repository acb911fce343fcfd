import type { Output } from '../../core/runtime/program.ts';
import type { Chosen } from './choose.ts';
import { addressOf, nameOf, type Outcome } from './run-many.ts';

/** How each camera of one `add` fared: said at once, with its number out of all, and kept for the summary. */
export interface AddReport {
  readonly outcomes: Outcome[];
  /** From now on so many are under way, and each end is counted. */
  begin(all: number): void;
  already(one: Chosen, serial: string): void;
  refuse(one: Chosen, serial: string, refusal: { code: string; message: string }): void;
  added(one: Chosen, serial: string, tookMs: number): void;
}

/** Of more than these the summary tells how many are here already; one by one they would hide what matters. */
const fewAlready = 8;

export function createAddReport(outcomes: Outcome[], size: number, output: Output): AddReport {
  let all = 0;
  let ended = 0;
  const count = () => {
    if (all > 0) ended += 1;
    return all > 1 ? `[${String(ended).padStart(String(all).length)}/${all}] ` : '';
  };
  const named = ({ device }: Chosen, serial: string) => nameOf({ ...device, serial });
  return {
    outcomes,
    begin(size) {
      all = size;
    },
    already(one, serial) {
      outcomes.push({ serial, address: addressOf(one.device), outcome: 'already' });
      if (output.json || size <= fewAlready)
        output.say({ type: 'already', serial }, `· ${named(one, serial)} is in this VMS Local already`);
    },
    refuse(one, serial, { code, message }) {
      outcomes.push({ serial, address: addressOf(one.device), outcome: 'refused', code, message });
      output.say({ type: 'refused', serial, code, message }, `✗ ${count()}${named(one, serial)}: ${message}`);
    },
    added({ device }, serial, tookMs) {
      outcomes.push({ serial, address: addressOf(device), outcome: 'done' });
      output.say(
        { type: 'added', serial, tookMs },
        `✓ ${count()}${serial} is Online (${(tookMs / 1000).toFixed(1)} s)`,
      );
    },
  };
}
