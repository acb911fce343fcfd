import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconMailForward } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { type ApiError, call, isApiError } from '../../api/client.ts';
import type { Challenge, SignInAnswer } from '../../api/shapes.ts';
import { CodeField } from '../../parts/code-field.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';

interface Props {
  challenge: Challenge;
  /** Codes are refused for now (or for good): the other ways stay open. */
  lock?: ApiError;
  email: string;
  onAnswer(answer: SignInAnswer): void;
  /** The challenge is used up or too old: the password must be given again. */
  onEnded(): void;
}

type Way = 'code' | 'recovery' | 'mail-sent';

const sayTries = (left: number | undefined) =>
  left === undefined ? '' : left === 1 ? '1 try left.' : `${left} tries left.`;

/** Codes are locked for a time, not for good: the cloud's own words then only say to wait. */
const forNow = (error: unknown) =>
  isApiError(error, 'locked_out') && typeof error.details.retryAfterSeconds === 'number';

/** The second step: a code from the authenticator app, a recovery code, or the mail that turns 2FA off. */
export function CodeStep({ challenge, lock, email, onAnswer, onEnded }: Props) {
  const [way, setWay] = useState<Way>(lock ? 'recovery' : 'code');
  const [code, setCode] = useState('');
  const [recoveryCode, setRecoveryCode] = useState('');
  const [triesLeft, setTriesLeft] = useState(challenge.triesLeft);
  const [blank, setBlank] = useState(false);
  const [lockOver, setLockOver] = useState(false);
  const standing = lockOver ? undefined : lock;
  const field = useRef<HTMLInputElement>(null);
  // One answer at a time: the sixth digit, Enter and the button may all come within a moment.
  const busy = useRef(false);

  const verify = useMutation({
    mutationFn: (answer: { code: string } | { recoveryCode: string }) =>
      call<SignInAnswer>('POST', '/sign-in/code', { body: { challengeId: challenge.challengeId, ...answer } }),
    onSuccess: onAnswer,
    onError(error) {
      if (isApiError(error, 'challenge_ended')) return onEnded();
      if (isApiError(error, 'wrong_code')) {
        const left = error.details.triesLeft as number | undefined;
        setTriesLeft(left);
        setCode('');
        if (left === 0) return onEnded();
      }
      field.current?.focus();
    },
    onSettled: () => {
      busy.current = false;
    },
  });
  const lost = useMutation({
    mutationFn: () => call<void>('POST', '/sign-in/lost-device', { body: { challengeId: challenge.challengeId } }),
    onSuccess: () => setWay('mail-sent'),
    onError(error) {
      if (isApiError(error, 'challenge_ended')) onEnded();
    },
  });

  const send = (answer: { code: string } | { recoveryCode: string }) => {
    if (busy.current) return;
    busy.current = true;
    setBlank(false);
    verify.mutate(answer);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const ready = way === 'code' ? code.length === 6 : recoveryCode.trim() !== '';
    if (!ready) {
      setBlank(true);
      field.current?.focus();
      return;
    }
    send(way === 'code' ? { code } : { recoveryCode: recoveryCode.trim() });
  };
  const turnTo = (next: Way) => () => {
    setWay(next);
    setBlank(false);
    verify.reset();
    lost.reset();
  };

  if (way === 'mail-sent') {
    return (
      <Stack gap="md">
        <Alert
          color="teal"
          variant="light"
          role="status"
          icon={<IconMailForward aria-hidden />}
          title="Look into your mail"
        >
          If everything is in order, a link is on its way to <strong>{email}</strong>. It works once and for 10 minutes,
          and asks for your password before it turns 2FA off.
        </Alert>
        <Text size="sm" c="dimmed">
          In this laboratory the mail lands in the{' '}
          <Anchor component={Link} href="/mailbox" inherit>
            lab mailbox
          </Anchor>
          .
        </Text>
        <Button variant="default" onClick={turnTo('code')}>
          Back to the code
        </Button>
      </Stack>
    );
  }

  const error = verify.error;
  const refused = isApiError(error, 'wrong_code');
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {!refused && (
          <ProblemNote
            error={error ?? standing}
            onOver={() => {
              verify.reset();
              setLockOver(true);
            }}
          >
            {forNow(error ?? standing)
              ? 'Too many wrong codes. A recovery code, or the link by e-mail, works even now.'
              : undefined}
          </ProblemNote>
        )}
        <ProblemNote error={lost.error} />
        {way === 'code' ? (
          <CodeField
            key="code"
            ref={field}
            autoFocus
            data-autofocus
            value={code}
            onChange={(next) => {
              setCode(next);
              setBlank(false);
              if (next && verify.isError) verify.reset();
            }}
            onComplete={(complete) => send({ code: complete })}
            readOnly={verify.isPending}
            description="From the authenticator app on your phone. It changes every 30 seconds."
            error={
              refused
                ? `That code was not accepted. Wait for the next one, then enter it. ${sayTries(triesLeft)}`
                : blank && 'Enter all 6 digits.'
            }
          />
        ) : (
          <TextInput
            key="recovery"
            ref={field}
            autoFocus
            label="Recovery code"
            description="One of the ten you saved when you turned 2FA on. Each works once."
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            value={recoveryCode}
            readOnly={verify.isPending}
            errorProps={{ role: 'alert' }}
            error={
              refused
                ? `That recovery code was not accepted. Take one you have not used. ${sayTries(triesLeft)}`
                : blank && 'Enter a recovery code.'
            }
            onChange={(event) => {
              setRecoveryCode(event.currentTarget.value);
              setBlank(false);
              if (verify.isError) verify.reset();
            }}
          />
        )}
        <Button type="submit" loading={verify.isPending} fullWidth>
          Verify
        </Button>
        <Stack gap={10} mt={4}>
          <Group justify="center">
            <Anchor component="button" type="button" onClick={turnTo(way === 'code' ? 'recovery' : 'code')}>
              {way === 'code' ? 'Use a recovery code' : 'Use a code from the app'}
            </Anchor>
          </Group>
          <Group justify="center">
            <Anchor component="button" type="button" disabled={lost.isPending} onClick={() => lost.mutate()}>
              Lost your phone? Turn 2FA off by e-mail
            </Anchor>
          </Group>
        </Stack>
      </Stack>
    </form>
  );
}
