import { useEffect, useState, useSyncExternalStore } from 'react';
import { hasSecondFactor, signOut } from '../api/cloud.ts';
import { leaveHouse } from '../api/house.ts';
import { canNotify, notifies, setNotifies } from '../api/notify.ts';
import { sessionStore } from '../api/session.ts';
import { Fault, Heading } from '../parts/heading.tsx';
import { go } from '../parts/route.ts';
import { useWork } from '../parts/use-work.ts';

const schemeKey = 'vigil-app-scheme';

export function MePage() {
  const session = useSyncExternalStore(sessionStore.subscribe, sessionStore.get);
  const [factor, setFactor] = useState<boolean>();
  const [notify, setNotify] = useState(notifies());
  const [scheme, setScheme] = useState(document.documentElement.dataset['scheme'] ?? 'system');
  const { busy, problem, run } = useWork();
  useEffect(() => {
    let here = true;
    hasSecondFactor().then(
      (on) => here && setFactor(on),
      () => undefined,
    );
    return () => {
      here = false;
    };
  }, []);
  const chooseScheme = (chosen: string) => {
    setScheme(chosen);
    if (chosen === 'system') {
      delete document.documentElement.dataset['scheme'];
      localStorage.removeItem(schemeKey);
    } else {
      document.documentElement.dataset['scheme'] = chosen;
      localStorage.setItem(schemeKey, chosen);
    }
  };
  return (
    <>
      <Heading title="Me" />
      <section className="card" aria-labelledby="account">
        <h2 id="account">TP-Link ID</h2>
        <p className="account">{session?.email}</p>
        <p className="quiet">
          Two-factor authentication:{' '}
          {factor === undefined ? '…' : factor ? 'on' : 'off. Turn it on in the cloud: Admin > Account.'}
        </p>
      </section>
      <section className="card" aria-labelledby="settings">
        <h2 id="settings">This phone</h2>
        <label className="row">
          <span>
            Notifications
            <small>
              {canNotify() ? 'While the App is open.' : 'This browser has none, or the page is not secure.'}
            </small>
          </span>
          <input
            type="checkbox"
            checked={notify}
            disabled={!canNotify()}
            onChange={(event) => {
              const wanted = event.currentTarget.checked;
              void run(async () => {
                const on = await setNotifies(wanted);
                setNotify(on);
                if (wanted && !on) throw new Error('The phone does not allow notifications for this App.');
              });
            }}
          />
        </label>
        <label className="row">
          <span>Appearance</span>
          <select value={scheme} onChange={(event) => chooseScheme(event.currentTarget.value)}>
            <option value="system">As the phone</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
        </label>
        {problem && <Fault>{problem}</Fault>}
      </section>
      <button
        type="button"
        className="secondary"
        disabled={busy}
        onClick={() =>
          void run(async () => {
            await leaveHouse();
            await signOut();
            // Whoever signs in next begins at the cameras.
            go('/');
          })
        }
      >
        Sign out
      </button>
      <p className="quiet facts">Vigil App, a simulation. Not affiliated with TP-Link; VIGI is their trademark.</p>
    </>
  );
}
