import { z } from 'zod';
import { UsageError } from '../../core/runtime/settings.ts';
import { SimError } from '../errors.ts';
import { parseScenario } from '../scenario/scenario-file.ts';
import type { ControlledFleet } from './controlled-fleet.ts';
import { take } from './take.ts';

const scenarioBody = z.strictObject({
  yaml: z.string().min(1, 'the scenario as YAML text').max(90_000),
  /** Look at it only. */
  check: z.boolean().optional(),
});

/** Begin (or only check) a scenario given as text. Throws SimError `scenario_invalid` with the line. */
export function playScenario(fleet: ControlledFleet, given: unknown): object {
  const { yaml, check = false } = take(scenarioBody, given);
  try {
    const scenario = parseScenario(yaml, 'scenario');
    if (check) return { name: scenario.name, lastsMs: scenario.lastsMs, steps: scenario.steps.length };
    const { id } = fleet.scenarios.play(scenario);
    return { id, ...fleet.scenarios.list().find((one) => one.id === id) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const [, line, sentence] = /^scenario:(\d+): (.*)$/s.exec(error.message) ?? [];
    throw new SimError(
      'scenario_invalid',
      error.message,
      line === undefined ? {} : { line: Number(line), reason: sentence },
      { cause: error },
    );
  }
}
