import { z } from 'zod';
import { parseDuration } from '../core/runtime/clock.ts';
import { type Field, setting } from '../core/runtime/settings.ts';
import { trafficLevels } from './plan.ts';
import { dialects } from './profiles/dialect.ts';

const passwordPattern = /^[\x20-\x7e]{8,64}$/;

/** Settings of `vigil sim` beside those every program has. */
export const fields = {
  cameras: setting.count('how many cameras', 4, { min: 1, max: 5000 }),
  profile: setting.list('model of the cameras, in turn when given several times', 'NAME'),
  fleet: setting.optionalText('cameras one by one, from a YAML file', 'FILE'),
  basePort: {
    schema: z
      .preprocess(
        (given) => (typeof given === 'string' && given.trim() !== '' ? Number(given) : given),
        z.number().int().min(0).max(65535),
      )
      .optional(),
    help: 'first port of the first camera, ten for each; 0 means any free port (default 9000, with --addresses the standard ports)',
    value: 'PORT',
  } as Field<number | undefined>,
  addresses: setting.optionalText('an address of its own for each camera: 192.168.1.50-80, 10.0.5.0/24', 'POOL'),
  shard: setting.optionalText('run only this part of the fleet: 1/3 on the first of three machines', 'I/N'),
  initialized: setting.toggle('activate cameras that are not, with --password or a generated one'),
  password: {
    schema: z.string().regex(passwordPattern, 'use 8 to 64 printable ASCII characters').optional(),
    help: 'admin password for --initialized',
    value: 'PW',
    secret: true,
  } satisfies Field<string | undefined> as Field<string | undefined>,
  strict: setting.toggle('standard ONVIF behaviour, all quirks off'),
  discovery: setting.toggle('answer WS-Discovery', true),
  interface: setting.optionalText('network interface of WS-Discovery', 'NAME'),
  openApi: setting.toggle('open the OpenAPI port of the cameras (off on a real one until switched on)'),
  dialect: setting.choice('how VIGI cameras word their events', dialects, 'vigi'),
  seed: setting.optionalText('what serials, MACs and label secrets derive from (default: chance, kept)', 'TEXT'),
  clockOffset: {
    schema: z
      .string()
      .transform((text, context) => {
        try {
          return parseDuration(/^-?\d+(\.\d+)?$/.test(text.trim()) ? `${text.trim()}s` : text);
        } catch (error) {
          context.addIssue((error as Error).message);
          return z.NEVER;
        }
      })
      .optional(),
    help: "how far the cameras' clocks run ahead (behind: -400s); a plain number counts seconds",
    value: 'TIME',
  } as Field<number | undefined>,
  traffic: setting.choice('people and cars coming by at random', trafficLevels, 'off'),
  clip: setting.optionalText('a film to play instead of the drawn picture: H.264 or H.265, Annex B or MP4', 'FILE'),
  scenario: setting.optionalText('what happens when: a YAML timeline, played from the start', 'FILE'),
  operations: setting.toggle('list the ONVIF operations of the models, by service and ONVIF profile, and end'),
  rehearse: setting.toggle('play the scenario in virtual time, print what would be seen, and end'),
  labels: setting.optionalText('write the labels of all cameras with their QR codes, a page to print', 'HTML-FILE'),
  control: setting.toggle('offer the control API on a loopback port, with a token'),
  consolePort: {
    schema: z
      .preprocess(
        (given) => (typeof given === 'string' && given.trim() !== '' ? Number(given) : given),
        z.number().int().min(0).max(65535),
      )
      .optional(),
    help: 'offer the fleet console, a web page, on this port; 0 means any free port',
    value: 'PORT',
  } as Field<number | undefined>,
  consoleHost: setting.text(
    'address of the fleet console; beyond this machine token and passwords cross the network unencrypted',
    'ADDRESS',
    '127.0.0.1',
  ),
};
