import { IconArrowDown, IconArrowLeft, IconArrowRight, IconArrowUp, IconMinus, IconPlus } from '@tabler/icons-react';
import { type ComponentType, useEffect, useState } from 'react';
import { Refusal } from '../api/cloud.ts';
import { vmsGet, vmsPost } from '../api/vms.ts';
import { Fault } from './heading.tsx';

interface Preset {
  token: string;
  name: string;
}

const pushes: { label: string; area: string; Icon: ComponentType<{ size?: number }>; move: object }[] = [
  { label: 'Up', area: 'up', Icon: IconArrowUp, move: { tilt: 0.6 } },
  { label: 'Left', area: 'left', Icon: IconArrowLeft, move: { pan: -0.6 } },
  { label: 'Right', area: 'right', Icon: IconArrowRight, move: { pan: 0.6 } },
  { label: 'Down', area: 'down', Icon: IconArrowDown, move: { tilt: -0.6 } },
  { label: 'Zoom in', area: 'in', Icon: IconPlus, move: { zoom: 0.6 } },
  { label: 'Zoom out', area: 'out', Icon: IconMinus, move: { zoom: -0.6 } },
];
const longestSeconds = 10;
const tapMs = 400;

/** Turning by thumb: as long as a button is held. Nothing is shown for a camera that does not turn. */
export function PtzPad({ gatewayId, cameraId }: { gatewayId: string; cameraId: string }) {
  const [presets, setPresets] = useState<Preset[]>();
  const [problem, setProblem] = useState('');
  const base = `/api/v1/cameras/${cameraId}/ptz`;
  useEffect(() => {
    let here = true;
    vmsGet<{ presets: Preset[] }>(gatewayId, base).then(
      (found) => here && setPresets(found.presets),
      (error: unknown) => {
        if (here && !(error instanceof Refusal && error.code === 'ptz_unsupported'))
          setProblem((error as Error).message);
      },
    );
    return () => {
      here = false;
    };
  }, [gatewayId, base]);
  const attempt = async (work: Promise<unknown>) => {
    setProblem('');
    await work.catch((error: Error) => setProblem(error.message));
  };
  const stop = () => void attempt(vmsPost(gatewayId, `${base}/stop`, {}));
  if (!presets) return problem ? <Fault>{problem}</Fault> : null;
  return (
    <section aria-labelledby="turn" className="card">
      <h2 id="turn">Turn</h2>
      <div className="pad">
        {pushes.map(({ label, area, Icon, move }) => (
          <button
            key={area}
            type="button"
            className={`push ${area}`}
            aria-label={label}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              void attempt(vmsPost(gatewayId, `${base}/move`, { ...move, seconds: longestSeconds }));
            }}
            onPointerUp={stop}
            onPointerCancel={stop}
            onClick={(event) => {
              // By the keyboard: there is no holding, so a short push.
              if (event.detail !== 0) return;
              void attempt(vmsPost(gatewayId, `${base}/move`, { ...move, seconds: 1 })).then(() =>
                setTimeout(stop, tapMs),
              );
            }}
            onContextMenu={(event) => event.preventDefault()}
          >
            <Icon size={28} aria-hidden />
          </button>
        ))}
      </div>
      {presets.length > 0 && (
        <div className="presets">
          {presets.map(({ token, name }) => (
            <button
              key={token}
              type="button"
              className="secondary"
              onClick={() => void attempt(vmsPost(gatewayId, `${base}/goto`, { preset: token }))}
            >
              {name}
            </button>
          ))}
        </div>
      )}
      {problem && <Fault>{problem}</Fault>}
    </section>
  );
}
