import { Alert, Anchor, Group, Stack, Text } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiError } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { Challenge, SignInAnswer } from '../../api/shapes.ts';
import { Heading } from '../../parts/heading.tsx';
import { CodeStep } from './code-step.tsx';
import { PasswordStep } from './password-step.tsx';

interface Props {
  /** Ask this person again instead of anybody. */
  fixedEmail?: string;
  initialEmail?: string;
  /** Without it the flow stands in a dialog that has its own heading. */
  title?: string;
  intro?: string;
  submitLabel?: string;
  /** Called before the page hears of the new session. */
  onSignedIn?(): void;
}

/** Password, then the code when 2FA is on. Ends with a live session. */
export function SignInFlow({ fixedEmail, initialEmail = '', title, intro, submitLabel, onSignedIn }: Props) {
  const client = useQueryClient();
  const [email, setEmail] = useState(fixedEmail ?? initialEmail);
  const [challenge, setChallenge] = useState<Challenge>();
  const [lock, setLock] = useState<ApiError>();
  const [ended, setEnded] = useState(false);

  const onAnswer = async (answer: SignInAnswer) => {
    if (answer.status === 'code_required') {
      setEnded(false);
      setLock(undefined);
      setChallenge(answer);
      return;
    }
    onSignedIn?.();
    await client.invalidateQueries({ queryKey: keys.session });
  };
  const onLocked = (refusal: ApiError) => {
    setEnded(false);
    setLock(refusal);
    setChallenge({
      status: 'code_required',
      challengeId: String(refusal.details.challengeId),
      expiresAt: String(refusal.details.expiresAt),
    });
  };
  const startAgain = () => setChallenge(undefined);

  return (
    <Stack gap="lg">
      {title && (
        <Stack gap={6}>
          <Heading key={challenge ? 'code' : 'password'} title={challenge ? 'Two-factor authentication' : title} />
          <Text c="dimmed">
            {challenge ? (
              <>
                One more step for <strong>{email}</strong>.
              </>
            ) : (
              intro
            )}
          </Text>
        </Stack>
      )}
      {ended && !challenge && (
        <Alert color="lamp" variant="light" role="alert" icon={<IconClockExclamation aria-hidden />}>
          That sign-in is over: too many wrong codes, or it took too long. Enter your password to start again.
        </Alert>
      )}
      {challenge ? (
        <>
          <CodeStep
            key={challenge.challengeId}
            challenge={challenge}
            lock={lock}
            email={email}
            onAnswer={onAnswer}
            onEnded={() => {
              setEnded(true);
              setChallenge(undefined);
            }}
          />
          {!fixedEmail && (
            <Group justify="center">
              <Anchor component="button" type="button" c="dimmed" size="sm" onClick={startAgain}>
                Sign in with another TP-Link ID
              </Anchor>
            </Group>
          )}
        </>
      ) : (
        <PasswordStep
          email={email}
          onEmail={setEmail}
          emailFixed={Boolean(fixedEmail)}
          submitLabel={submitLabel}
          onAnswer={onAnswer}
          onLocked={onLocked}
        />
      )}
    </Stack>
  );
}
