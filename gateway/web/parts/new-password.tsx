import { VisuallyHidden } from '@mantine/core';
import { IconCheck, IconPoint } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './parts.module.css';
import { PasswordField } from './password-field.tsx';

interface Rule {
  text: string;
  met(password: string, again: string, username: string): boolean;
}

/** As the gateway judges it; what it refuses beyond (a password everybody uses) it says itself. */
const rules: Rule[] = [
  { text: 'At least 8 characters', met: (password) => [...password].length >= 8 },
  {
    text: 'Not the user name',
    met: (password, _again, username) => password !== '' && password.toLowerCase() !== username.trim().toLowerCase(),
  },
  { text: 'Twice the same', met: (password, again) => password !== '' && password === again },
];

export const isFit = (password: string, again: string, username: string) =>
  rules.every(({ met }) => met(password, again, username));

interface NewPasswordProps {
  label?: string;
  username: string;
  password: string;
  again: string;
  error: ReactNode;
  onPassword: (text: string) => void;
  onAgain: (text: string) => void;
}

/** A password to be chosen, typed twice, with what it has to be. */
export const NewPassword = ({
  label = 'Password',
  username,
  password,
  again,
  error,
  onPassword,
  onAgain,
}: NewPasswordProps) => (
  <>
    <PasswordField
      label={label}
      name="new-password"
      autoComplete="new-password"
      required
      value={password}
      error={error}
      onChange={(event) => onPassword(event.currentTarget.value)}
    />
    <PasswordField
      label={`${label} again`}
      name="new-password-again"
      autoComplete="new-password"
      required
      value={again}
      onChange={(event) => onAgain(event.currentTarget.value)}
    />
    <ul className={classes.rules} aria-label="What the password must be">
      {rules.map(({ text, met }) => {
        const isMet = met(password, again, username);
        return (
          <li key={text} data-met={isMet}>
            {isMet ? <IconCheck size={14} aria-hidden /> : <IconPoint size={14} aria-hidden />}
            {text}
            {isMet && <VisuallyHidden>: done</VisuallyHidden>}
          </li>
        );
      })}
    </ul>
  </>
);
