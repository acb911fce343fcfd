import { type FormEvent, useState } from 'react';
import { answerCode, askForLink, Refusal, signIn } from '../api/cloud.ts';
import { CodeField, Field } from '../parts/field.tsx';
import { Fault, Heading } from '../parts/heading.tsx';
import { Mark } from '../parts/icons.tsx';
import { useWork } from '../parts/use-work.ts';

type Step = { name: 'password' } | { name: 'code'; processId: string } | { name: 'mailed'; processId: string };

/** Password, then the code when two-factor authentication is on; or the mail that turns it off. */
export function SignInPage() {
  const [step, setStep] = useState<Step>({ name: 'password' });
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const { busy, problem, run } = useWork();
  const begin = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const processId = await signIn(email.trim(), password);
      if (processId) {
        setPassword('');
        setStep({ name: 'code', processId });
      }
    });
  };
  const finish = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      if (step.name !== 'code') return;
      try {
        await answerCode(email.trim(), step.processId, code);
      } catch (error) {
        setCode('');
        throw error;
      }
    });
  };
  const lost = () =>
    run(async () => {
      if (step.name !== 'code') return;
      try {
        await askForLink(step.processId);
        setStep({ name: 'mailed', processId: step.processId });
      } catch (error) {
        if (error instanceof Refusal && error.code === 'challenge_ended') setStep({ name: 'password' });
        throw error;
      }
    });
  const back = () => {
    setCode('');
    setStep({ name: 'password' });
  };

  return (
    <main className="door">
      <Mark size={56} />
      {step.name === 'password' && (
        <form onSubmit={begin}>
          <Heading title="Sign in" />
          <p className="quiet">With your TP-Link ID (simulated).</p>
          <Field
            label="E-mail"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            value={email}
            onChange={setEmail}
          />
          <Field
            label="Password"
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
          />
          {problem && <Fault>{problem}</Fault>}
          <button type="submit" className="primary" disabled={busy}>
            {busy ? 'One moment …' : 'Sign in'}
          </button>
        </form>
      )}
      {step.name === 'code' && (
        <form onSubmit={finish}>
          <Heading title="Enter the code" />
          <p className="quiet">Two-factor authentication is on for {email}. Open your authenticator app.</p>
          <CodeField value={code} onChange={setCode} />
          {problem && <Fault>{problem}</Fault>}
          <button type="submit" className="primary" disabled={busy || code.length !== 6}>
            {busy ? 'One moment …' : 'Continue'}
          </button>
          <button type="button" className="plain" disabled={busy} onClick={() => void lost()}>
            I no longer have the authenticator app
          </button>
          <button type="button" className="plain" onClick={back}>
            Use another account
          </button>
        </form>
      )}
      {step.name === 'mailed' && (
        <section>
          <Heading title="Check your mail" />
          <p>
            A mail is on its way to {email}. Its link leads to the page that turns two-factor authentication off. It is
            good for 10 minutes, once.
          </p>
          <p>Then come back and sign in with your password.</p>
          <button type="button" className="primary" onClick={back}>
            Back to sign-in
          </button>
        </section>
      )}
      <footer>Not affiliated with TP-Link; VIGI is their trademark.</footer>
    </main>
  );
}
