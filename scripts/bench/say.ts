/** One line of a worker to the bench that started it. */
export const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
