import { Button, Stack, TextInput } from '@mantine/core';
import { type SubmitEvent, useRef, useState } from 'react';
import classes from './code-field.module.css';
import { formatUserCode, isWholeUserCode } from './user-code.ts';

interface Props {
  description: string;
  initial?: string;
  fault?: string;
  onCode(code: string): void;
}

/** Asks for the XXXX-XXXX a VMS Local or a terminal shows. */
export function UserCodeForm({ description, initial = '', fault, onCode }: Props) {
  const [code, setCode] = useState(formatUserCode(initial));
  const [blank, setBlank] = useState(false);
  const [edited, setEdited] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isWholeUserCode(code)) return onCode(code);
    setBlank(true);
    field.current?.focus();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TextInput
          ref={field}
          label="Code"
          description={description}
          autoFocus
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          placeholder="XXXX-XXXX"
          classNames={{ input: classes.userCode }}
          value={code}
          errorProps={{ role: 'alert' }}
          error={blank ? 'The code has eight letters, such as KXQT-WMPD.' : !edited && fault}
          onChange={(event) => {
            setCode(formatUserCode(event.currentTarget.value));
            setBlank(false);
            setEdited(true);
          }}
        />
        <Button type="submit">Continue</Button>
      </Stack>
    </form>
  );
}
