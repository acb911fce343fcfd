import type { Random } from '../../../core/runtime/random.ts';
import type { Child } from '../child.ts';

/** Something that takes bytes from strangers. */
export interface FuzzTarget extends AsyncDisposable {
  /** The process that must not fall, hang or grow. */
  readonly child: Child;
  /** The input that belongs to a random: valid ones with something wrong. */
  input(random: Random): Buffer;
  /** Send it and see it dealt with. What was wrong with the answer; undefined when all is well. */
  send(input: Buffer): Promise<string | undefined>;
  /** A valid request to the same process; settles with its answer. */
  ping(): Promise<void>;
}

export interface FuzzTargetMaker {
  name: string;
  title: string;
  open(): Promise<FuzzTarget>;
}

/** CPU time a program may spend before it answers; one that takes longer hangs. */
export const patienceMs = 1000;
/** After so long the wait for an answer is given up. */
export const longestAnswerMs = 60_000;
