import { Autocomplete, Button, Group, NumberInput, Select, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { ApiError } from '../api/call.ts';
import { useVerb } from '../api/queries.ts';
import { Command } from '../parts/copy.tsx';
import { Refusal, sentence } from '../parts/notice.tsx';
import type { FaultGrammar } from '../wire.ts';
import classes from './camera.module.css';
import { faultLine } from './fault-words.ts';

const doorNames: Record<string, string> = {
  onvif: 'ONVIF',
  snapshot: 'Still picture',
  rtsp: 'RTSP connections',
  video: 'Pictures of a stream',
  rtp: 'Packets to a viewer',
  ds: 'Local API (/ds)',
  openapi: 'OpenAPI',
};

/** Operations people break most; any other may be typed. */
const usualOperations: Record<string, string[]> = {
  onvif: [
    'Get*',
    'GetSystemDateAndTime',
    'GetDeviceInformation',
    'GetCapabilities',
    'GetServices',
    'GetProfiles',
    'GetStreamUri',
    'GetSnapshotUri',
    'CreatePullPointSubscription',
    'PullMessages',
    'Renew',
    'Subscribe',
    'ContinuousMove',
  ],
  ds: ['login', 'get*', 'set*'],
  openapi: ['doAuth', 'getDeviceInfo', 'subscribeMsg'],
  video: ['stream1', 'stream2'],
  rtp: ['stream1', 'stream2'],
};

/** At these doors a fault waits for a stream, not for an operation. */
const ofStreams = new Set(['video', 'rtp']);

type When = 'always' | 'nth' | 'every' | 'chance';
type Until = 'cleared' | 'times' | 'for';

const numberOf = (text: string | number) => (text === '' ? Number.NaN : Number(text));

/** Each word of the grammar as a field; below, the same as a line for a file. */
export function FaultForm({ camera, grammar }: { camera: string; grammar: FaultGrammar }) {
  const inject = useVerb(camera, 'fault');
  const [at, setAt] = useState('onvif');
  const [operation, setOperation] = useState('');
  const [effect, setEffect] = useState('delay');
  const [argument, setArgument] = useState('2s');
  const [when, setWhen] = useState<When>('always');
  const [whenNumber, setWhenNumber] = useState<number | string>(3);
  const [until, setUntil] = useState<Until>('cleared');
  const [untilText, setUntilText] = useState('5');

  const door = grammar.doors.find((one) => one.door === at)!;
  const effects = door.effects.includes(effect) ? effect : door.effects[0]!;
  const form = grammar.effects[effects]!;
  const exampleOf = (word: string) => grammar.effects[word]!.example.split(' ').slice(1).join(' ');
  const spec: Record<string, string | number> = {
    at,
    ...(operation.trim() !== '' && door.operations ? { operation: operation.trim() } : {}),
    ...(when === 'always' ? {} : { [when]: when === 'chance' ? numberOf(whenNumber) / 100 : numberOf(whenNumber) }),
    ...(until === 'cleared' ? {} : { [until]: until === 'times' ? Number(untilText) : untilText.trim() }),
    do: form.argument ? `${effects} ${argument.trim()}` : effects,
  };

  const refusal = inject.error instanceof ApiError && inject.error.code === 'body_invalid' ? inject.error : undefined;
  const path = String(refusal?.details['path'] ?? '');
  const reason = refusal && sentence(refusal.message.replace(/^[\w.]+: /, ''));
  const errorAt = (...names: string[]) => (refusal && names.includes(path) ? reason : undefined);
  const placed = ['at', 'operation', 'nth', 'every', 'chance', 'times', 'for', 'do'].includes(path);
  const edited = () => inject.reset();

  return (
    <form
      className={classes.faultForm}
      onChange={edited}
      onSubmit={(event) => {
        event.preventDefault();
        inject.mutate(spec, {
          onSuccess: () => notifications.show({ message: `${String(spec['do'])} waits at ${doorNames[at] ?? at}.` }),
        });
      }}
    >
      <Select
        label="At"
        allowDeselect={false}
        data={grammar.doors.map((one) => ({ value: one.door, label: doorNames[one.door] ?? one.door }))}
        value={at}
        onChange={(next) => {
          edited();
          setAt(next ?? 'onvif');
        }}
        error={errorAt('at')}
      />
      <Autocomplete
        label={ofStreams.has(at) ? 'Stream' : 'Operation'}
        placeholder={ofStreams.has(at) ? 'every stream' : door.operations ? 'every operation' : 'whole connections'}
        disabled={!door.operations}
        data={usualOperations[at] ?? []}
        value={door.operations ? operation : ''}
        onChange={setOperation}
        error={errorAt('operation')}
      />
      <Select
        label="What happens"
        allowDeselect={false}
        data={door.effects.map((word) => ({ value: word, label: `${word}: ${grammar.effects[word]!.means}` }))}
        value={effects}
        onChange={(next) => {
          edited();
          setEffect(next!);
          setArgument(exampleOf(next!));
        }}
      />
      {form.argument ? (
        <TextInput
          label={form.argument.replace(/^./, (first) => first.toUpperCase())}
          placeholder={exampleOf(effects)}
          value={argument}
          error={errorAt('do')}
          onChange={(event) => setArgument(event.currentTarget.value)}
        />
      ) : (
        <div />
      )}
      <Select
        label={at === 'video' ? 'To which pictures' : at === 'rtp' ? 'To which packets' : 'To which requests'}
        allowDeselect={false}
        data={[
          { value: 'always', label: 'all of them' },
          { value: 'nth', label: 'only the nth' },
          { value: 'every', label: 'every nth' },
          { value: 'chance', label: 'some, by chance' },
        ]}
        value={when}
        onChange={(next) => {
          edited();
          setWhen(next as When);
          setWhenNumber(next === 'chance' ? 20 : 3);
        }}
      />
      {when === 'always' ? (
        <div />
      ) : (
        <NumberInput
          label={when === 'chance' ? 'Per cent' : 'n'}
          min={1}
          max={when === 'chance' ? 100 : undefined}
          allowDecimal={false}
          value={whenNumber}
          error={errorAt('nth', 'every', 'chance')}
          onChange={setWhenNumber}
        />
      )}
      <Select
        label="Until"
        allowDeselect={false}
        data={[
          { value: 'cleared', label: 'it is cleared' },
          { value: 'times', label: 'it struck so often' },
          { value: 'for', label: 'so much time is over' },
        ]}
        value={until}
        onChange={(next) => {
          edited();
          setUntil(next as Until);
          setUntilText(next === 'for' ? '10m' : '5');
        }}
      />
      {until === 'cleared' ? (
        <div />
      ) : (
        <TextInput
          label={until === 'times' ? 'Times' : 'Time'}
          placeholder={until === 'times' ? '5' : '10m'}
          value={untilText}
          error={errorAt('times', 'for')}
          onChange={(event) => setUntilText(event.currentTarget.value)}
        />
      )}
      <div className={classes.wide}>
        <Command value={faultLine(spec)} label="Copy as a line for a fleet file or scenario" />
      </div>
      {inject.error && !placed && (
        <div className={classes.wide}>
          <Refusal error={inject.error} />
        </div>
      )}
      <Group className={classes.wide}>
        <Button type="submit" loading={inject.isPending}>
          Inject
        </Button>
      </Group>
    </form>
  );
}
