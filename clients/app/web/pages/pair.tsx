import { type FormEvent, useEffect, useState } from 'react';
import { elevate, hasSecondFactor } from '../api/cloud.ts';
import { useHouse } from '../api/house.ts';
import { vmsPost } from '../api/vms.ts';
import { CodeField, Field } from '../parts/field.tsx';
import { Fault, Heading } from '../parts/heading.tsx';
import { go } from '../parts/route.ts';
import { Scanner } from '../parts/scanner.tsx';
import { useWork } from '../parts/use-work.ts';

interface Found {
  serial: string;
  model: string;
  host: string;
  status: 'Uninitialized' | 'Online' | 'Paired';
}

type Step = 'label' | 'camera' | 'proof' | 'done';
const shape = /^VIGIL1:([A-Za-z0-9_-]{1,64}):[A-Za-z2-7-]{26,40}$/;

/** Add a camera: its label, its password, a fresh code; then it proves itself to the VMS Local. */
export function PairPage() {
  const { places, loading, problem: away } = useHouse();
  const open = places.filter(({ online, problem }) => online && !problem);
  const [step, setStep] = useState<Step>('label');
  const [label, setLabel] = useState('');
  const [gatewayId, setGatewayId] = useState('');
  const [camera, setCamera] = useState<Found>();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [factor, setFactor] = useState<boolean>();
  const { busy, problem, run } = useWork();
  const chosen = gatewayId || open[0]?.id || '';
  const place = open.find(({ id }) => id === chosen)?.name ?? '';
  useEffect(() => {
    hasSecondFactor().then(setFactor, () => setFactor(true));
  }, []);

  const find = (text: string) =>
    run(async () => {
      const given = text.trim();
      setLabel(given);
      if (!shape.test(given))
        throw new Error('This is no camera label. Its text looks like VIGIL1:SIM0000000001:ABCDEFG-…');
      const { camera: found } = await vmsPost<{ camera: Found }>(chosen, '/local/find', { label: given });
      if (found.status === 'Paired')
        throw new Error(`${found.serial} has its VMS already. Remove it there first, then scan again.`);
      setCamera(found);
      setStep('camera');
    });
  const prepare = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      if (camera?.status === 'Uninitialized') {
        const region = new Intl.Locale(navigator.language).maximize().region ?? 'EU';
        const answer = await vmsPost<{ camera: Found }>(chosen, '/local/activate', {
          ...{ label, password, region },
          timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC0',
        });
        setCamera(answer.camera);
      }
      setStep('proof');
    });
  };
  const pair = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const proof = factor ? { code } : { password: code };
      setCode('');
      const elevation = await elevate(chosen, proof);
      await vmsPost(chosen, '/local/pair', { label, password, elevation });
      setPassword('');
      setStep('done');
    });
  };
  const again = () => {
    setLabel('');
    setPassword('');
    setCamera(undefined);
    setStep('label');
  };

  if (open.length === 0)
    return (
      <>
        <Heading title="Add a camera" />
        {away ? (
          <Fault>{away}</Fault>
        ) : (
          <p className="quiet">
            {loading
              ? 'Loading …'
              : 'A camera joins a VMS Local, and none is connected. Bind one under its Cloud Access first.'}
          </p>
        )}
      </>
    );
  return (
    <>
      <Heading title="Add a camera" />
      {step === 'label' && (
        <form
          className="card"
          onSubmit={(event) => {
            event.preventDefault();
            void find(label);
          }}
        >
          <p>Scan the QR on the camera's label. The phone and the camera have to be on the same network.</p>
          {open.length > 1 && (
            <label className="field">
              VMS Local
              <select value={chosen} onChange={(event) => setGatewayId(event.currentTarget.value)}>
                {open.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Scanner onText={(text) => void find(text)} />
          <Field
            label="Or type what the label says"
            autoCapitalize="none"
            spellCheck={false}
            autoComplete="off"
            value={label}
            onChange={setLabel}
          />
          {problem && <Fault>{problem}</Fault>}
          <button type="submit" className="secondary" disabled={busy}>
            {busy ? 'Looking for the camera …' : 'Find the camera'}
          </button>
        </form>
      )}
      {step === 'camera' && camera && (
        <form className="card" onSubmit={prepare}>
          <h2>
            {camera.model || 'Camera'} <span className="quiet">{camera.serial}</span>
          </h2>
          <p className="quiet">Found at {camera.host}.</p>
          <Field
            label={camera.status === 'Uninitialized' ? 'Choose its admin password' : 'Admin password of the camera'}
            hint={
              camera.status === 'Uninitialized'
                ? 'The camera is new. 8 to 64 characters; you need it whenever you set the camera up.'
                : 'The one that was chosen when the camera was activated.'
            }
            type="password"
            autoComplete={camera.status === 'Uninitialized' ? 'new-password' : 'off'}
            minLength={8}
            maxLength={64}
            value={password}
            onChange={setPassword}
          />
          {problem && <Fault>{problem}</Fault>}
          <button type="submit" className="primary" disabled={busy}>
            {busy ? 'One moment …' : camera.status === 'Uninitialized' ? 'Activate' : 'Continue'}
          </button>
          <button type="button" className="plain" onClick={again}>
            Another camera
          </button>
        </form>
      )}
      {step === 'proof' && (
        <form className="card" onSubmit={pair}>
          <h2>Add it to {place}</h2>
          {factor === false ? (
            <Field
              label="Password of your TP-Link ID"
              hint="Your account has no two-factor authentication; most VMS Locals want it before a camera is added."
              type="password"
              autoComplete="current-password"
              value={code}
              onChange={setCode}
            />
          ) : (
            <>
              <p>
                A camera is added by a fresh code of your authenticator app. One that was used already does not count.
              </p>
              <CodeField value={code} onChange={setCode} />
            </>
          )}
          {problem && <Fault>{problem}</Fault>}
          <button type="submit" className="primary" disabled={busy || (factor !== false && code.length !== 6)}>
            {busy ? 'The camera proves itself …' : 'Add the camera'}
          </button>
          <button type="button" className="plain" onClick={again}>
            Another camera
          </button>
        </form>
      )}
      {step === 'done' && (
        <section className="card" role="status">
          <h2>{camera?.serial} is Online</h2>
          <p>It proved its label to {place} and got its certificate. From now on it answers to this VMS Local alone.</p>
          <button type="button" className="primary" onClick={() => go('/')}>
            See the cameras
          </button>
          <button type="button" className="secondary" onClick={again}>
            Add another
          </button>
        </section>
      )}
    </>
  );
}
