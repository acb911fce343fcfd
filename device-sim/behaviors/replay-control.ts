import { formatXsDuration } from '../../core/onvif/duration.ts';
import { xml } from '../../core/soap/xml.ts';
import { invalidValue } from '../onvif/arguments.ts';
import { type Behavior, classified, type Service } from '../onvif/behavior.ts';
import { rtspWebSocketUri } from '../onvif/web-socket-uri.ts';
import { needRecording, recorderOf } from '../recording/find.ts';
import { replayPathOf } from '../recording/replay-path.ts';

/** Seconds a replay session may be silent: what SetReplayConfiguration takes. */
const timeoutRangeMs = [10_000, 600_000] as const;

/** Replay Control (ver10/replay.wsdl). */
export const replayService: Service = {
  name: 'replay',
  prefix: 'trp',
  version: [21, 12],
  path: (camera) => camera.profile.storage?.paths.replay ?? '',
  offered: (camera) => camera.profile.storage !== undefined,
  uses: ['trp', 'tt'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: 'GetReplayUri GetReplayConfiguration',
    ACTUATE: 'SetReplayConfiguration',
  }),
  capabilities: () =>
    xml`<trp:Capabilities ReversePlayback="true" SessionTimeoutRange="${timeoutRangeMs.map((ms) => ms / 1000).join(' ')}" RTP_RTSP_TCP="true" RTSPWebSocketUri="${rtspWebSocketUri}"/>`,
};

export const replayControl: Behavior = {
  name: 'replay',
  service: replayService,
  operations: {
    GetReplayUri(camera, args, call) {
      const setup = args.part('StreamSetup');
      const stream = setup.text('Stream');
      const protocol = setup.part('Transport').text('Protocol');
      if (stream !== 'RTP-Unicast' || !['UDP', 'RTSP', 'TCP', 'HTTP'].includes(protocol))
        throw invalidValue(`${stream} over ${protocol} is not offered`, 'ter:InvalidStreamSetup');
      const recording = needRecording(camera, args.text('RecordingToken'));
      const path = replayPathOf(recorderOf(camera), recording);
      // Tunnelled through HTTP it comes to the port of the web services (Streaming §5.1.3).
      const at =
        protocol === 'HTTP'
          ? call.base.replace(/^https?:/, 'http:')
          : `rtsp://${call.host}:${camera.address.ports.rtsp}`;
      return xml`<trp:Uri>${at}/${path}</trp:Uri>`;
    },

    GetReplayConfiguration: (camera) =>
      xml`<trp:Configuration><tt:SessionTimeout>${formatXsDuration(recorderOf(camera).kept.replayTimeoutMs)}</tt:SessionTimeout></trp:Configuration>`,

    SetReplayConfiguration(camera, args) {
      const timeoutMs = args.part('Configuration').duration('SessionTimeout', camera);
      if (timeoutMs < timeoutRangeMs[0] || timeoutMs > timeoutRangeMs[1])
        throw invalidValue(
          `SessionTimeout lies between ${timeoutRangeMs.map(formatXsDuration).join(' and ')}`,
          'ter:ConfigModify',
        );
      recorderOf(camera).kept.replayTimeoutMs = timeoutMs;
      camera.save();
      return undefined;
    },
  },
};
