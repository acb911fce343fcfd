import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import type { ChangeEventHandler, Ref } from 'react';

interface Props extends Omit<PasswordInputProps, 'ref'> {
  ref?: Ref<HTMLInputElement>;
  onChange: ChangeEventHandler<HTMLInputElement>;
}

/** A password: its refusal is announced and marks the field, and the eye can be reached by keyboard. */
export const PasswordField = ({ error, ...rest }: Props) => (
  <PasswordInput
    visibilityToggleFocusable
    visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
    inputWrapperOrder={['label', 'input', 'error', 'description']}
    descriptionProps={{ component: 'div', mt: 10 }}
    error={error}
    errorProps={{ role: 'alert' }}
    aria-invalid={error ? true : undefined}
    {...rest}
  />
);
