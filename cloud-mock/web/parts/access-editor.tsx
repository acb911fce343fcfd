import { Fieldset, NativeSelect, Stack, Text } from '@mantine/core';
import type { Grant, Organisation, Role } from '../api/shapes.ts';
import { everySite, roleMeanings, roleNames } from './roles.ts';

const order = Object.keys(roleNames) as Role[];

interface Props {
  organisation: Organisation;
  value: readonly Grant[];
  onChange(access: Grant[]): void;
  error?: string;
}

/** Which role where: one for every site, and others at sites that differ. Offers only what its user may give. */
export function AccessEditor({ organisation, value, onChange, error }: Props) {
  const superAdmin = organisation.role === 'super_admin';
  // An Admin gives less than an Admin.
  const given = superAdmin ? order : order.slice(order.indexOf('admin') + 1);
  const everywhere = value.find(({ site }) => site === everySite)?.role;
  const managesAll = organisation.rights.includes('user.manage');
  const sites = organisation.sites.filter(({ rights }) => rights.includes('user.manage'));
  const set = (site: string, role: string) => {
    const rest = value.filter((one) => one.site !== site);
    if (site === everySite && role === 'super_admin') return onChange([{ site, role }]);
    onChange(role ? [...rest, { site, role: role as Role }] : rest);
  };
  const options = (none: string, roles: Role[]) => [
    { value: '', label: none },
    ...roles.map((role) => ({ value: role, label: `${roleNames[role]}: ${roleMeanings[role]}` })),
  ];
  return (
    <Fieldset legend="Role" variant="unstyled" m={0} p={0} styles={{ legend: { fontWeight: 600, padding: 0 } }}>
      <Stack gap="sm" mt={4}>
        {managesAll && (
          <NativeSelect
            label="At every site"
            size="md"
            description="Also at sites made later."
            value={everywhere ?? ''}
            data={options('No role', given)}
            onChange={(event) => set(everySite, event.currentTarget.value)}
          />
        )}
        {everywhere !== 'super_admin' &&
          sites.map((site) => (
            <NativeSelect
              key={site.id}
              label={`At ${site.name}`}
              size="md"
              value={value.find((one) => one.site === site.id)?.role ?? ''}
              data={options(
                everywhere ? `As at every site (${roleNames[everywhere]})` : 'No access',
                given.filter((role) => role !== 'super_admin'),
              )}
              onChange={(event) => set(site.id, event.currentTarget.value)}
            />
          ))}
        {error && (
          <Text role="alert" size="sm" c="var(--mantine-color-error)">
            {error}
          </Text>
        )}
      </Stack>
    </Fieldset>
  );
}
