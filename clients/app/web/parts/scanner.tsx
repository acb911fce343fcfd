import { useEffect, useRef, useState } from 'react';
import { Fault } from './heading.tsx';

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
type DetectorClass = new (options: { formats: string[] }) => Detector;

/** The QR in a picture: by the browser's own reader where it has one, else by jsQR. */
async function readQr(canvas: HTMLCanvasElement): Promise<string | undefined> {
  const { BarcodeDetector } = window as { BarcodeDetector?: DetectorClass };
  if (BarcodeDetector) {
    const found = await new BarcodeDetector({ formats: ['qr_code'] }).detect(canvas).catch(() => []);
    if (found[0]) return found[0].rawValue;
  }
  const { default: jsQR } = await import('jsqr');
  const { data, width, height } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  const decode = jsQR as unknown as (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null;
  return decode(data, width, height)?.data;
}

function draw(source: CanvasImageSource, width: number, height: number, longest: number): HTMLCanvasElement {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext('2d', { willReadFrequently: true })!.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Three ways to a label: the phone's camera, a picture of it, or (beside this) typing. */
export function Scanner({ onText }: { onText(text: string): void }) {
  const [looking, setLooking] = useState(false);
  const [problem, setProblem] = useState('');
  const video = useRef<HTMLVideoElement>(null);
  const found = useRef(onText);
  found.current = onText;

  useEffect(() => {
    if (!looking) return;
    let over = false;
    let stream: MediaStream | undefined;
    void (async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
        const element = video.current;
        if (over || !element) return;
        element.srcObject = stream;
        await element.play();
        while (!over) {
          if (element.videoWidth > 0) {
            const text = await readQr(draw(element, element.videoWidth, element.videoHeight, 800));
            if (text && !over) return found.current(text);
          }
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      } catch {
        setProblem('The camera of this phone cannot be used. Choose a picture of the label, or type it.');
        setLooking(false);
      }
    })();
    return () => {
      over = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, [looking]);

  const readFile = async (file: File) => {
    setProblem('');
    try {
      const picture = await createImageBitmap(file);
      const text =
        (await readQr(draw(picture, picture.width, picture.height, 1200))) ??
        (await readQr(draw(picture, picture.width, picture.height, 500)));
      if (text) onText(text);
      else setProblem('No QR code was found in this picture. Hold the phone straight above the label.');
    } catch {
      setProblem('This file is no picture.');
    }
  };

  const canScan = Boolean(navigator.mediaDevices?.getUserMedia);
  return (
    <div className="scanner">
      {looking && <video ref={video} muted playsInline aria-label="What the phone's camera sees" />}
      {canScan && (
        <button type="button" className="primary" onClick={() => setLooking(!looking)}>
          {looking ? 'Stop scanning' : 'Scan the label'}
        </button>
      )}
      <label className="secondary button">
        Choose a picture
        <input
          type="file"
          accept="image/*"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file) void readFile(file);
            event.currentTarget.value = '';
          }}
        />
      </label>
      {problem && <Fault>{problem}</Fault>}
    </div>
  );
}
