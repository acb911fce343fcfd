import { Anchor, Button, List, PasswordInput, Stack, Text, TextInput, ThemeIcon } from '@mantine/core';
import { IconCheck, IconPoint } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { call, isApiError } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import { Gate } from '../layout/gate.tsx';
import { Heading } from '../parts/heading.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { localPath } from './sign-in/local-path.ts';

const shortest = 8;
const longest = 128;

type Field = 'name' | 'email' | 'password';
type Faults = Partial<Record<Field, string>>;

/** Refusals that belong to one field. */
const fieldOf: Record<string, Field> = { email_taken: 'email', account_exists: 'email', password_common: 'password' };

export function SignUpPage() {
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const client = useQueryClient();
  const [values, setValues] = useState({ name: '', email: '', password: '' });
  const [faults, setFaults] = useState<Faults>({});
  const fields = {
    name: useRef<HTMLInputElement>(null),
    email: useRef<HTMLInputElement>(null),
    password: useRef<HTMLInputElement>(null),
  };

  const show = (next: Faults) => {
    setFaults(next);
    const first = (['name', 'email', 'password'] as const).find((field) => next[field]);
    if (first) fields[first].current?.focus();
    return first !== undefined;
  };

  const signUp = useMutation({
    mutationFn: async () => {
      const email = values.email.trim();
      await call('POST', '/sign-up', { body: { ...values, name: values.name.trim(), email } });
      await call('POST', '/sign-in', { body: { email, password: values.password } });
      await client.invalidateQueries({ queryKey: keys.session });
    },
    onSuccess() {
      const interaction = search.get('interaction');
      go(interaction ? `/sign-in?interaction=${encodeURIComponent(interaction)}` : localPath(search.get('next')), {
        replace: true,
      });
    },
    onError(error) {
      if (!isApiError(error)) return;
      const field = fieldOf[error.code] ?? (error.details.field as Field | undefined);
      if (field && field in fields) show({ [field]: error.message });
    },
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (signUp.isPending) return;
    const { name, email, password } = values;
    const wrong = show({
      name: name.trim() ? undefined : 'Enter the name other people will see.',
      email: /^\S+@\S+$/.test(email.trim()) ? undefined : 'Enter an e-mail address, such as ann@example.com.',
      password:
        password.length < shortest
          ? `Use at least ${shortest} characters.`
          : password.length > longest
            ? `Use at most ${longest} characters.`
            : undefined,
    });
    if (!wrong) signUp.mutate();
  };
  const bind = (field: Field) => ({
    ref: fields[field],
    value: values[field],
    error: faults[field],
    errorProps: { role: 'alert' },
    onChange(event: { currentTarget: HTMLInputElement }) {
      const { value } = event.currentTarget;
      setValues((before) => ({ ...before, [field]: value }));
      setFaults((before) => ({ ...before, [field]: undefined }));
    },
  });

  const beside = isApiError(signUp.error) && Object.values(faults).some(Boolean);
  return (
    <Gate>
      <Stack gap="lg">
        <Stack gap={6}>
          <Heading title="Create a TP-Link ID" />
          <Text c="dimmed">It exists in this laboratory only.</Text>
        </Stack>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {!beside && <ProblemNote error={signUp.error} />}
            <TextInput label="Name" autoComplete="name" autoFocus {...bind('name')} />
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              {...bind('email')}
            />
            <div>
              <PasswordInput
                label="Password"
                autoComplete="new-password"
                aria-describedby="password-rules"
                {...bind('password')}
              />
              <List id="password-rules" size="sm" mt={10} spacing={4} c="dimmed" listStyleType="none" center>
                <Rule met={values.password.length >= shortest && values.password.length <= longest}>
                  {shortest} to {longest} characters; a few words in a row are good
                </Rule>
                <Rule>Not one of the passwords everybody uses</Rule>
                <Rule>Capitals, digits and signs are welcome, none is demanded</Rule>
              </List>
            </div>
            <Button type="submit" loading={signUp.isPending} fullWidth mt={4}>
              Create TP-Link ID
            </Button>
            <Text c="dimmed" ta="center">
              Have one already?{' '}
              <Anchor component={Link} href={`/sign-in${window.location.search}`} inherit>
                Sign in
              </Anchor>
            </Text>
          </Stack>
        </form>
      </Stack>
    </Gate>
  );
}

const Rule = ({ met, children }: { met?: boolean; children: React.ReactNode }) => (
  <List.Item
    icon={
      <ThemeIcon size={18} radius="xl" variant="transparent" color={met ? 'teal' : 'gray'} aria-hidden>
        {met ? <IconCheck size={16} /> : <IconPoint size={16} />}
      </ThemeIcon>
    }
  >
    {children}
  </List.Item>
);
