import { once } from 'node:events';
import { clearLine, clearScreenDown, cursorTo, emitKeypressEvents, type Key } from 'node:readline';

/** A terminal that is drawn on, and whose keys are heard one by one. Dispose it to leave the terminal as it was. */
export interface Screen extends Disposable {
  readonly columns: number;
  readonly rows: number;
  /** Show these lines, cut to the width; what was there before is gone, without a flicker. */
  draw(lines: readonly string[]): void;
  /** Settles with the next key: `up`, `space`, `return`, `escape`, a letter, or `ctrl-c`. Undefined when the signal fires. */
  key(signal?: AbortSignal): Promise<string | undefined>;
  /** Leave the screen for questions asked line by line, and come back when what was said has been read. */
  aside<T>(work: () => Promise<T>): Promise<T>;
}

const alternate = { on: '\x1b[?1049h\x1b[?25l', off: '\x1b[?25h\x1b[?1049l' };

export function openScreen(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Screen {
  const pressed: string[] = [];
  let wake: () => void = () => undefined;
  let last: readonly string[] = [];
  const onKey = (text: string | undefined, key: Key) => {
    pressed.push(key.ctrl && key.name === 'c' ? 'ctrl-c' : (key.name ?? text ?? ''));
    wake();
  };
  const enter = () => {
    emitKeypressEvents(input);
    input.setRawMode(true);
    input.resume();
    input.on('keypress', onKey);
    output.write(alternate.on);
  };
  const leave = () => {
    input.off('keypress', onKey);
    input.setRawMode(false);
    input.pause();
    output.write(alternate.off);
  };
  const screen: Screen = {
    get columns() {
      return output.columns || 80;
    },
    get rows() {
      return output.rows || 24;
    },
    draw(lines) {
      last = lines;
      cursorTo(output, 0, 0);
      for (const line of lines.slice(0, screen.rows - 1)) {
        output.write(cut(line, screen.columns));
        clearLine(output, 1);
        output.write('\r\n');
      }
      clearScreenDown(output);
    },
    async key(signal) {
      while (pressed.length === 0) {
        if (signal?.aborted) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          signal?.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      return pressed.shift();
    },
    async aside(work) {
      leave();
      try {
        return await work();
      } finally {
        output.write('\nPress enter to go back …');
        input.resume();
        await once(input, 'data');
        enter();
      }
    },
    [Symbol.dispose]() {
      output.off('resize', redraw);
      leave();
    },
  };
  const redraw = () => screen.draw(last);
  output.on('resize', redraw);
  enter();
  return screen;
}

/** The first columns of a line; marks for colour take no room. */
function cut(line: string, columns: number): string {
  let shown = 0;
  let out = '';
  for (const piece of line.match(/\x1b\[[0-9;]*m|[^\x1b]/gsu) ?? []) {
    if (piece.startsWith('\x1b')) out += piece;
    else if (shown < columns) {
      out += piece;
      shown += 1;
    }
  }
  return out;
}

export const inverse = (text: string) => `\x1b[7m${text}\x1b[27m`;
export const dim = (text: string) => `\x1b[2m${text}\x1b[22m`;
export const bold = (text: string) => `\x1b[1m${text}\x1b[22m`;
