import { Avatar, Burger, Button, Drawer, Menu, NavLink, Stack, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconChevronDown,
  IconDeviceDesktop,
  IconLogout,
  IconMail,
  IconUserShield,
  IconVideo,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useSession, useSignOut } from '../api/queries.ts';
import type { Account } from '../api/shapes.ts';
import { Brand } from '../parts/brand.tsx';
import { Footer } from './footer.tsx';
import classes from './frame.module.css';
import { SchemeToggle } from './scheme-toggle.tsx';

const places = [
  { href: '/', label: 'VMS Locals', Icon: IconDeviceDesktop, signedIn: true },
  { href: '/devices', label: 'Devices', Icon: IconVideo, signedIn: true },
  { href: '/account', label: 'Admin', Icon: IconUserShield, signedIn: true },
  { href: '/mailbox', label: 'Mailbox', Icon: IconMail, signedIn: false },
];

/** What stands under Admin, in the product guide's words. */
const adminPlaces = [
  { href: '/account', label: 'Account' },
  { href: '/sites', label: 'Org & Site' },
  { href: '/users', label: 'User' },
  { href: '/audit', label: 'Audit log' },
];

const isUnder = (href: string, location: string) => (href === '/' ? location === '/' : location.startsWith(href));
const isHere = (href: string, location: string) =>
  href === '/account' ? adminPlaces.some((place) => isUnder(place.href, location)) : isUnder(href, location);

const initials = (name: string) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => word[0]!.toUpperCase())
    .join('');

function AccountMenu({ account }: { account: Account }) {
  const signOut = useSignOut();
  const [, go] = useLocation();
  return (
    <Menu position="bottom-end" width={250} shadow="md">
      <Menu.Target>
        <UnstyledButton className={classes.person}>
          <Avatar size={34} color="dusk" variant="filled" name={account.name} aria-hidden>
            {initials(account.name) || '?'}
          </Avatar>
          <IconChevronDown size={16} aria-hidden />
          <VisuallyHidden>Account of {account.name}</VisuallyHidden>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <div className={classes.whoName}>{account.name}</div>
          <div>{account.email}</div>
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconUserShield size={18} aria-hidden />} onClick={() => go('/account')}>
          Account and security
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={18} aria-hidden />}
          onClick={() => signOut.mutate(undefined, { onSuccess: () => go('/sign-in') })}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** The portal around a page: header with the places to go, the page, the footer. */
export function Frame({ children, width = 'wide' }: { children: ReactNode; width?: 'wide' | 'narrow' }) {
  const { data } = useSession();
  const [location, go] = useLocation();
  const [open, drawer] = useDisclosure(false);
  const shown = places.filter((place) => data || !place.signedIn);
  return (
    <>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          {data && (
            <Burger
              className={classes.burger}
              size="sm"
              opened={open}
              onClick={drawer.toggle}
              aria-label={open ? 'Close the menu' : 'Open the menu'}
            />
          )}
          <Brand />
          <nav className={classes.places} aria-label="Portal">
            {data &&
              shown.map(({ href, label }) => (
                <Link
                  key={href}
                  href={href}
                  className={classes.place}
                  aria-current={isHere(href, location) ? 'page' : undefined}
                >
                  {label}
                </Link>
              ))}
          </nav>
          <div className={classes.end}>
            <SchemeToggle />
            {data && <AccountMenu account={data.account} />}
            {data === null && (
              <Button component={Link} href="/sign-in" size="sm" variant="default">
                Sign in
              </Button>
            )}
          </div>
        </div>
      </header>
      <Drawer
        opened={open}
        onClose={drawer.close}
        size={280}
        title="Menu"
        closeButtonProps={{ 'aria-label': 'Close the menu' }}
        padding="md"
        classNames={{ content: classes.drawer, header: classes.drawer }}
      >
        <Stack component="nav" gap={4} aria-label="Portal">
          {shown.map(({ href, label, Icon }) => (
            <NavLink
              key={href}
              label={label}
              className={classes.drawerLink}
              component="a"
              href={href}
              active={isHere(href, location)}
              leftSection={<Icon size={20} aria-hidden />}
              onClick={(event) => {
                event.preventDefault();
                drawer.close();
                go(href);
              }}
            />
          ))}
        </Stack>
      </Drawer>
      {data && isHere('/account', location) && (
        <nav className={classes.admin} aria-label="Admin">
          {adminPlaces.map(({ href, label }) => (
            <Link
              key={href}
              href={href}
              className={classes.place}
              aria-current={isUnder(href, location) ? 'page' : undefined}
            >
              {label}
            </Link>
          ))}
        </nav>
      )}
      <main id="main" className={classes.main} data-width={width}>
        {children}
      </main>
      <Footer />
    </>
  );
}
