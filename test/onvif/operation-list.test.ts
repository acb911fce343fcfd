import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { commonFields, resolveSettings } from '../../core/runtime/settings.ts';
import { namespaces, type Prefix } from '../../core/soap/namespaces.ts';
import { program } from '../../device-sim/main.ts';
import type { OperationList } from '../../device-sim/onvif/operation-list.ts';
import { type ProfileName, profiles } from '../../device-sim/profiles/index.ts';
import { fleetDeps } from '../fleet/lab.ts';
import { startOneCamera } from './one-camera.ts';

/** `vigil sim --operations --profile NAME`, as data and as text. */
async function listed(...names: string[]) {
  const settings = resolveSettings(
    'sim',
    { ...program.fields, ...commonFields },
    { operations: true, profile: names },
    {},
  );
  const said: { list: OperationList; text: string }[] = [];
  const say = (data: object, text: string) => void said.push({ list: data as OperationList, text });
  await program.run(settings, fleetDeps(manualClock()), { json: true, say, note: () => undefined });
  return said;
}

test.each(Object.keys(profiles))(
  'the model %s lacks nothing that a profile it claims calls mandatory',
  async (name) => {
    const list = (await listed(name))[0]!.list;
    const claimed = list.profiles.filter((one) => one.claimed);
    expect(claimed.length).toBeGreaterThan(0);
    expect(claimed.flatMap(({ profile, missing }) => missing.map((operation) => `${profile} ${operation}`))).toEqual(
      [],
    );
  },
);

test('the counts are printed by service and profile, and several models come one after the other', async () => {
  const said = await listed('c540', 'c340');
  expect(said.map(({ list }) => list.model)).toEqual(['c540', 'c340']);
  const [{ list, text }] = said as [{ list: OperationList; text: string }];
  const sum = list.services.reduce((all, { operations }) => all + operations.length, 0);
  expect(list.total).toBe(sum);
  expect(text).toContain(`c540: ${sum} operations: device `);
  expect(text).toMatch(/^ptz \(tptz, .*\): \d+$/m);
  expect(text).toMatch(/^ {2}GotoPreset +ACTUATE$/m);
  expect(text).toMatch(/^Profile S: mandatory (\d+) of \1; conditional \d+ of \d+/m);
  expect(said[1]!.text).not.toContain('GotoPreset  ');
  expect(said[1]!.list.services.map(({ name }) => name)).not.toContain('ptz');
});

test('what is listed is done, what is not is refused, at a real camera', async () => {
  const name: ProfileName = 'c340';
  const list = (await listed(name))[0]!.list;
  await using cam = await startOneCamera({ profile: name });
  const refused = async (prefix: string, operation: string) => {
    const own = operation.includes(':') ? operation : `${prefix}:${operation}`;
    return (await cam.ask(own as `${Prefix}:${string}`)).fault;
  };
  const device = list.services.find(({ prefix }) => prefix === 'tds')!;
  for (const { name: operation } of device.operations.filter(({ name }) => name.startsWith('Get')))
    expect([operation, await refused('tds', operation)]).not.toEqual([
      operation,
      ['Receiver', 'ter:ActionNotSupported'],
    ]);
  expect(await refused('tds', 'GetDot11Status')).toEqual(['Receiver', 'ter:ActionNotSupported']);
  expect(Object.keys(namespaces)).toEqual(expect.arrayContaining(list.services.map(({ prefix }) => prefix)));
});
