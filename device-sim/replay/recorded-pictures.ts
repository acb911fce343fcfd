import type { Camera, VideoEncoderState } from '../camera.ts';
import { type PacketBatch, packetizeH264, type RtpState } from '../rtsp/rtp.ts';
import { jpegPayloadType, packetizeJpeg } from '../rtsp/rtp-jpeg.ts';
import { describeH264, describeJpeg, type SdpMedia } from '../rtsp/sdp.ts';
import { H264Stream } from '../video/h264-stream.ts';
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
  let stream: PictureStream | undefined;
  return {
    encoder,
    at(wanted, number, key) {
      time = wanted;
      stream ??=
        encoder.encoding === 'JPEG'
          ? new JpegStream(encoder, camera, library)
          : new H264Stream(encoder, camera, library, clock, fill);
      return stream.next(number, key);
    },
  };
}

/** Pictures that can be sent again. */
export const canReplay = ({ encoding }: VideoEncoderState): boolean => encoding === 'H264' || encoding === 'JPEG';

export const packetizePicture = (rtp: RtpState, timestamp: number, { jpeg, nals }: CodedPicture): PacketBatch =>
  jpeg ? packetizeJpeg(rtp, timestamp, jpeg) : packetizeH264(rtp, timestamp, nals);

/** Dynamic payload types (RFC 3551), JPEG's is fixed. */
export const videoPayloadType = ({ encoding }: VideoEncoderState): number =>
  encoding === 'JPEG' ? jpegPayloadType : 96;

export const describeVideo = (encoder: VideoEncoderState, control: string): SdpMedia =>
  encoder.encoding === 'JPEG'
    ? describeJpeg(encoder, control)
    : describeH264(encoder, videoPayloadType(encoder), control);
