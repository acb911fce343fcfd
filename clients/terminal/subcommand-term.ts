import type { Command } from 'commander';

/** A command in the list of `--help`: its name and what must follow; that it has options goes without saying. */
export const subcommandTerm = (command: Command): string =>
  [
    command.name(),
    ...command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`)),
  ].join(' ');
