import type { Camera, VideoEncoderState } from '../camera.ts';
import { h264Payload, h265Payload, type PacketBatch, packetizeNals, type RtpState } from '../rtsp/rtp.ts';
import { jpegPayloadType, packetizeJpeg } from '../rtsp/rtp-jpeg.ts';
import { describeH264, describeH265, describeJpeg, type SdpMedia } from '../rtsp/sdp.ts';
import { codecOf, DrawnStream } from '../video/drawn-stream.ts';
import { JpegStream } from '../video/jpeg-stream.ts';
import type { PictureLibrary } from '../video/picture-library.ts';
import type { CodedPicture, PictureStream } from '../video/picture-stream.ts';

/** Pictures of a time that is past, coded as they were. */
export interface RecordedPictures {
  readonly encoder: VideoEncoderState;
  at(time: number, number: number, key: boolean): CodedPicture;
}

/** `then` shows the camera as it was at the time last asked for. */
export function createRecordedPictures(
  encoder: VideoEncoderState,
  then: (at: () => number) => Camera,
  library: PictureLibrary,
  fill: boolean,
): RecordedPictures {
  let time = 0;
  const camera = then(() => time);
  const clock = { now: () => time };
  const codec = codecOf(encoder.encoding);
  let stream: PictureStream | undefined;
  return {
    encoder,
    at(wanted, number, key) {
      time = wanted;
      stream ??= codec
        ? new DrawnStream(codec, encoder, camera, library, clock, fill)
        : new JpegStream(encoder, camera, library);
      return stream.next(wanted, number, key);
    },
  };
}

export const packetizePicture = (
  { encoding }: VideoEncoderState,
  rtp: RtpState,
  timestamp: number,
  { jpeg, units }: CodedPicture,
): PacketBatch =>
  jpeg
    ? packetizeJpeg(rtp, timestamp, jpeg)
    : packetizeNals(rtp, timestamp, units, encoding === 'H265' ? h265Payload : h264Payload);

/** Dynamic payload types (RFC 3551), JPEG's is fixed. */
export const videoPayloadType = ({ encoding }: VideoEncoderState): number =>
  encoding === 'JPEG' ? jpegPayloadType : 96;

export function describeVideo(encoder: VideoEncoderState, control: string): SdpMedia {
  if (encoder.encoding === 'JPEG') return describeJpeg(encoder, control);
  const describe = encoder.encoding === 'H265' ? describeH265 : describeH264;
  return describe(encoder, videoPayloadType(encoder), control);
}
