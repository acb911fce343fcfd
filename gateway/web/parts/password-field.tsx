import { PasswordInput, type PasswordInputProps } from '@mantine/core';

/** A password with its eye reachable by keyboard, and said to be wrong where it is. */
export const PasswordField = (props: PasswordInputProps) => (
  <PasswordInput
    aria-invalid={Boolean(props.error) || undefined}
    maxLength={128}
    visibilityToggleFocusable
    visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
    {...props}
  />
);
