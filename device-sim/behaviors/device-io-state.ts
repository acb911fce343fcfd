import { formatXsDuration } from '../../core/onvif/duration.ts';
import { startTimer } from '../../core/runtime/clock.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { OnvifContext } from '../onvif/behavior.ts';
import { kept } from '../onvif/kept.ts';
import { hasAudioOutput } from '../onvif/media/audio-output.ts';

/** Auxiliary commands every model obeys (Core §8.7): the infrared lamp. */
export const auxiliaryCommands: readonly string[] = ['tt:IRLamp|On', 'tt:IRLamp|Off', 'tt:IRLamp|Auto'];

/** Do what an auxiliary command says; it comes back as the answer. */
export function obeyAuxiliary(camera: Camera, command: string): string {
  if (!auxiliaryCommands.includes(command))
    throw invalidValue(`"${command}" is not understood`, 'ter:AuxiliaryDataNotSupported');
  camera.state.extra['device.ir-lamp'] = command.split('|')[1];
  camera.save();
  return command;
}

/** Connectors of the model: a digital input where its topics tell of one, and a relay beside it. */
export function ioCounts(camera: Camera): {
  inputs: number;
  relays: number;
  audioSources: number;
  audioOutputs: number;
} {
  const { profile } = camera;
  const inputs = profile.topics.filter(({ kind }) => kind === 'digital-input').length;
  return {
    inputs,
    relays: inputs,
    audioSources: profile.audio ? 1 : 0,
    audioOutputs: hasAudioOutput(camera) ? 1 : 0,
  };
}

export const inputTokens = ({ profile }: Camera): string[] =>
  profile.topics.flatMap(({ kind, source }) => (kind === 'digital-input' ? [source['InputToken'] ?? 'input_1'] : []));

export const relayTokens = (camera: Camera): string[] =>
  Array.from({ length: ioCounts(camera).relays }, (_, at) => `relay_${at + 1}`);

export const inputIdleStates = kept<Record<string, 'open' | 'closed'>>('io.inputs', () => ({}));

export interface RelaySettings {
  mode: 'Monostable' | 'Bistable';
  delayMs: number;
  idleState: 'open' | 'closed';
}
const relaySettings = kept<Record<string, RelaySettings>>('io.relays', () => ({}));
const usualRelay: RelaySettings = { mode: 'Bistable', delayMs: 5000, idleState: 'open' };
export const relayDelaysMs = [1000, 120_000] as const;

export function needRelay(camera: Camera, token: string): string {
  if (!relayTokens(camera).includes(token)) throw invalidValue(`there is no relay "${token}"`, 'ter:RelayToken');
  return token;
}

export const relayMarkup = (camera: Camera, token: string, tag: string): Xml => {
  const { mode, delayMs, idleState } = relaySettings.read(camera)[token] ?? usualRelay;
  return xml`${new Xml(`<${tag}`)} token="${token}"><tt:Properties><tt:Mode>${mode}</tt:Mode><tt:DelayTime>${formatXsDuration(delayMs)}</tt:DelayTime><tt:IdleState>${idleState}</tt:IdleState></tt:Properties>${new Xml(`</${tag}>`)}`;
};

/** tt:RelayOutputSettings; the delay counts only for a monostable relay. */
export function setRelay(camera: Camera, token: string, settings: Arguments) {
  const mode = settings.oneOf('Mode', ['Monostable', 'Bistable']);
  const delayMs = settings.duration('DelayTime', camera);
  const idleState = settings.oneOf('IdleState', ['closed', 'open']);
  if (mode === 'Monostable' && (delayMs < relayDelaysMs[0] || delayMs > relayDelaysMs[1])) {
    throw invalidValue(`a delay of ${formatXsDuration(delayMs)} will not do`, 'ter:ModeError');
  }
  relaySettings.write(camera, { ...relaySettings.read(camera), [token]: { mode, delayMs, idleState } });
}

/** What the relays of one camera do; at rest when it boots. */
export interface Relays extends Disposable {
  set(token: string, active: boolean): void;
  isActive(token: string): boolean;
}

export function createRelays({ camera, deps }: OnvifContext): Relays {
  const active = new Set<string>();
  const timers = new Map<string, Disposable>();
  const tell = (token: string) =>
    camera.events.raise({
      topic: 'tns1:Device/Trigger/Relay',
      operation: 'Changed',
      source: { RelayToken: token },
      data: { LogicalState: active.has(token) ? 'active' : 'inactive' },
    });
  for (const token of relayTokens(camera)) tell(token);

  function set(token: string, on: boolean) {
    timers.get(token)?.[Symbol.dispose]();
    timers.delete(token);
    if (on) active.add(token);
    else active.delete(token);
    tell(token);
    const { mode, delayMs } = relaySettings.read(camera)[token] ?? usualRelay;
    if (on && mode === 'Monostable')
      timers.set(
        token,
        startTimer(deps.clock, delayMs, () => set(token, false)),
      );
  }

  return {
    set,
    isActive: (token) => active.has(token),
    [Symbol.dispose]() {
      for (const timer of timers.values()) timer[Symbol.dispose]();
    },
  };
}
